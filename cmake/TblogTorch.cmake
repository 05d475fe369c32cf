# tblog_libtorch: the user's LibTorch as one target, where it is found. TBLOG_TORCH_WHEEL names the torch folder of an
# installed PyPI wheel, whose own CMake package wants the whole CUDA toolkit; else find_package(Torch) looks for one.
set(TBLOG_TORCH_WHEEL "" CACHE PATH "The torch folder of an installed PyPI wheel, to be used in place of find_package(Torch)")

# A function, since that package sets variables of many names.
function(tblog_find_torch)
  if(TBLOG_TORCH_WHEEL)
    add_library(tblog_libtorch INTERFACE)
    target_include_directories(tblog_libtorch SYSTEM INTERFACE
      "${TBLOG_TORCH_WHEEL}/include" "${TBLOG_TORCH_WHEEL}/include/torch/csrc/api/include")
    target_link_directories(tblog_libtorch INTERFACE "${TBLOG_TORCH_WHEEL}/lib")
    target_link_libraries(tblog_libtorch INTERFACE -Wl,--no-as-needed torch_cpu c10 -Wl,--as-needed)
    target_link_options(tblog_libtorch INTERFACE "LINKER:-rpath,${TBLOG_TORCH_WHEEL}/lib")
    return()
  endif()
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(STATUS "No LibTorch: tblog::torch, its tests and its example are left out")
    return()
  endif()
  add_library(tblog_libtorch INTERFACE)
  target_link_libraries(tblog_libtorch INTERFACE "${TORCH_LIBRARIES}")
endfunction()
tblog_find_torch()

# What a user links; the headers are compiled with the user's own LibTorch.
if(TARGET tblog_libtorch)
  add_library(tblog_torch INTERFACE)
  target_link_libraries(tblog_torch INTERFACE tblog::tblog tblog_libtorch)
  add_library(tblog::torch ALIAS tblog_torch)
  if(TARGET tblog::cuda AND TARGET c10_cuda)
    target_link_libraries(tblog_torch INTERFACE tblog::cuda c10_cuda)
    target_compile_definitions(tblog_torch INTERFACE TBLOG_TORCH_CUDA)
  endif()
endif()
