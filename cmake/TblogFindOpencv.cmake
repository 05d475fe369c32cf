# tblog_libopencv: OpenCV's core and dnn as one target, where they are found. Debian's libopencv-dnn-dev alone has no CMake
# package (libopencv-dev has, which is 672 MB), so the header and the libraries are looked for too. Our own build uses this
# file, and the installed package has it.
if(NOT TARGET tblog_libopencv)
  find_package(OpenCV QUIET COMPONENTS core dnn)
  if(NOT OpenCV_FOUND)
    find_path(TBLOG_OPENCV_INCLUDE_DIR opencv2/dnn.hpp PATH_SUFFIXES opencv4 opencv5)
    find_library(TBLOG_OPENCV_DNN_LIBRARY opencv_dnn)
    find_library(TBLOG_OPENCV_CORE_LIBRARY opencv_core)
    mark_as_advanced(TBLOG_OPENCV_INCLUDE_DIR TBLOG_OPENCV_DNN_LIBRARY TBLOG_OPENCV_CORE_LIBRARY)
    if(TBLOG_OPENCV_INCLUDE_DIR AND TBLOG_OPENCV_DNN_LIBRARY AND TBLOG_OPENCV_CORE_LIBRARY)
      set(OpenCV_FOUND TRUE)
      set(OpenCV_INCLUDE_DIRS "${TBLOG_OPENCV_INCLUDE_DIR}")
      set(OpenCV_LIBS "${TBLOG_OPENCV_DNN_LIBRARY}" "${TBLOG_OPENCV_CORE_LIBRARY}")
    endif()
  endif()
  if(OpenCV_FOUND)
    add_library(tblog_libopencv INTERFACE IMPORTED GLOBAL)
    set_target_properties(tblog_libopencv PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}"
                                                     INTERFACE_LINK_LIBRARIES "${OpenCV_LIBS}")
  endif()
endif()
