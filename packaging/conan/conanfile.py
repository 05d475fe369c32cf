# SPDX-License-Identifier: Apache-2.0
"""conan create packaging/conan: the package tblog of the tree that this file stands in."""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rm, rmdir

required_conan_version = ">=2.0"


class TblogConan(ConanFile):
    name = "tblog"
    description = "TensorBoard event files from C++: write, hook, read"
    license = "Apache-2.0"
    topics = ("tensorboard", "logging", "machine-learning")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        # tblog::reader, which links protobuf; what writes does not.
        "reader": [True, False],
        # The command-line tool, which needs the reader.
        "tool": [True, False],
    }
    default_options = {"shared": False, "fPIC": True, "reader": True, "tool": False}

    def set_version(self):
        lists = load(self, os.path.join(self.recipe_folder, "..", "..", "CMakeLists.txt"))
        self.version = re.search(r"project\(tblog VERSION ([0-9.]+)", lists).group(1)

    def export_sources(self):
        tree = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "proto/*", "src/*", "tools/*"):
            copy(self, pattern, tree, self.export_sources_folder)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def validate(self):
        if self.settings.compiler.get_safe("cppstd"):
            check_min_cppstd(self, 17)
        if self.options.tool and not self.options.reader:
            raise ConanInvalidConfiguration("the tool needs the reader: -o tblog/*:reader=True")

    def layout(self):
        cmake_layout(self, src_folder=".")

    def requirements(self):
        # absl::Status stands in our headers.
        self.requires("abseil/[>=20220623 <20250000]", transitive_headers=True, transitive_libs=True)
        self.requires("zlib/[>=1.2.11 <2]")
        if self.options.reader:
            self.requires("protobuf/[>=3.21.12 <4]")
        if self.options.tool:
            self.requires("cli11/[>=2.3 <3]")
            self.requires("libpng/[>=1.6 <2]")
            self.requires("nlohmann_json/[>=3.10 <4]")
            self.requires("re2/[>=20200301 <20230601]")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.22]")
        if self.options.reader:
            self.tool_requires("protobuf/<host_version>")  # protoc

    def generate(self):
        toolchain = CMakeToolchain(self)
        variables = toolchain.cache_variables
        variables["TBLOG_BUILD_READER"] = bool(self.options.reader)
        variables["TBLOG_BUILD_TOOL"] = bool(self.options.tool)
        variables["TBLOG_BUILD_EXAMPLES"] = False
        variables["TBLOG_BUILD_TESTS"] = False
        variables["TBLOG_INSTALL"] = True
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan makes these for whoever uses the package.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))
        rm(self, "*.la", os.path.join(self.package_folder, "lib"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "tblog")
        absl = ["absl_status", "absl_statusor", "absl_strings", "absl_str_format", "absl_flat_hash_map",
                "absl_flat_hash_set", "absl_node_hash_map"]

        def component(name, library, target, pkg_config, requires):
            info = self.cpp_info.components[name]
            info.libs = [library]
            info.set_property("cmake_target_name", target)
            info.set_property("pkg_config_name", pkg_config)
            info.requires = [f"abseil::{module}" for module in absl] + requires
            if self.settings.os in ("Linux", "FreeBSD"):
                info.system_libs = ["pthread"]

        component("writer", "tblog", "tblog::tblog", "tblog", ["zlib::zlib"])
        if self.options.reader:
            component("reader", "tblog_reader", "tblog::reader", "tblog-reader", ["protobuf::libprotobuf"])
