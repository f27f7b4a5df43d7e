// Nothing is imported: this target only lets the package manager ask `pkg-config verilator` for the include folder.
