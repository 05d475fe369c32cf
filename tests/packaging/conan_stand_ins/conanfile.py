# SPDX-License-Identifier: Apache-2.0
"""Stands for a package of ConanCenter, of which tests have none: leads to what the system has installed."""

from conan import ConanFile

# Of each package, {component: CMake target}, as ConanCenter's recipes name them.
PACKAGES = {
    "abseil": {
        "absl_status": "absl::status",
        "absl_statusor": "absl::statusor",
        "absl_strings": "absl::strings",
        "absl_str_format": "absl::str_format",
        "absl_flat_hash_map": "absl::flat_hash_map",
        "absl_flat_hash_set": "absl::flat_hash_set",
        "absl_node_hash_map": "absl::node_hash_map",
    },
    "zlib": {"zlib": "ZLIB::ZLIB"},
    "libpng": {"libpng": "PNG::PNG"},
    "protobuf": {"libprotobuf": "protobuf::libprotobuf"},
    "cli11": {"cli11": "CLI11::CLI11"},
    "nlohmann_json": {"nlohmann_json": "nlohmann_json::nlohmann_json"},
    "re2": {"re2": "re2::re2"},
    "cmake": {},
}
FILES = {"abseil": "absl", "zlib": "ZLIB", "libpng": "PNG", "protobuf": "Protobuf"}


class StandInConan(ConanFile):
    package_type = "unknown"

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", FILES.get(self.name, self.name))
        self.cpp_info.set_property("cmake_find_mode", "none")  # find_package() finds the system's
        for component, target in PACKAGES[self.name].items():
            info = self.cpp_info.components[component]
            info.includedirs = []
            info.libdirs = []
            info.set_property("cmake_target_name", target)
