# SPDX-License-Identifier: Apache-2.0
"""A program that writes a log, and one that reads it, against the package."""

import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class TblogTestConan(ConanFile):
    settings = "os", "arch", "compiler", "build_type"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        self.reader = bool(self.dependencies["tblog"].options.reader)
        toolchain.cache_variables["READER"] = self.reader
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            folder = self.cpp.build.bindirs[0]
            self.run(os.path.join(folder, "write"), env="conanrun")
            if self.dependencies["tblog"].options.reader:
                self.run(os.path.join(folder, "read"), env="conanrun")
