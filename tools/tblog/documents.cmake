# What the tool says of itself, as files to be installed: its manual pages, and completion for the shells.
# cmake -DTOOL=tblog -DOUT=DIR -DCOMMANDS=ls,plot,… -P documents.cmake
function(write_output path)
  get_filename_component(directory "${path}" DIRECTORY)
  file(MAKE_DIRECTORY "${directory}")
  execute_process(COMMAND "${TOOL}" ${ARGN} OUTPUT_FILE "${path}" RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${TOOL} ${ARGN}: ${result}")
  endif()
endfunction()

write_output("${OUT}/man/tblog.1" man)
string(REPLACE "," ";" commands "${COMMANDS}")
foreach(command IN LISTS commands)
  write_output("${OUT}/man/tblog-${command}.1" man ${command})
endforeach()
# Under the names by which each shell finds them.
write_output("${OUT}/bash/tblog" completion bash)
write_output("${OUT}/zsh/_tblog" completion zsh)
write_output("${OUT}/fish/tblog.fish" completion fish)
