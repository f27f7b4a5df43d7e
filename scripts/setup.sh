#!/bin/sh
# Checks what this project needs from the machine, and installs what is missing when it may.
#
#   scripts/setup.sh          to build
#   scripts/setup.sh test     to build and to run the tests
#   scripts/setup.sh bench    to build and to run the benchmarks
#
# Needs no network when nothing is missing. Python packages of the tests go into .build/oracle.
set -eu

swift_needed=6.3
build_packages="binutils git libelf-dev libc6-dev liblz4-dev pkg-config zlib1g-dev"
# gtkwave brings fst2vcd, verilator the sources of libfst: the tests read our traces with both. verilator and iverilog run
# the reference RTL beside the model.
test_packages="g++ gtkwave iverilog make python3 verilator"
# gcc-bpf makes objects that the program loader must take. Where it cannot be had, the tests that need it are skipped.
optional_test_packages="gcc-bpf"
bench_packages="g++ gcc make python3 verilator"
# An independent model of PCIe, to compare our packets with, and cocotb, of which version 2 goes neither with that nor with
# Debian's Verilator. PeakRDL generates what comes from the register map.
oracle_packages="cocotbext-pcie==0.2.16 cocotb==1.9.2 pywellen==0.25.7 peakrdl==1.5.0 peakrdl-cheader==1.1.0 peakrdl-markdown==1.0.3"
oracle=$(dirname "$0")/../.build/oracle

fail() {
  echo "setup: $*" >&2
  exit 1
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

check_swift() {
  command -v swift >/dev/null ||
    fail "no swift found: install Swift $swift_needed or newer (https://www.swift.org/install) and put it on the PATH"
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  oldest=$(printf '%s\n' "$swift_needed" "${found:-0}" | sort -V | head -n 1)
  [ "$oldest" = "$swift_needed" ] ||
    fail "found Swift ${found:-of unknown version}: install Swift $swift_needed or newer (https://www.swift.org/install)"
}

# Prints the packages of its arguments that are not there, and those that a plain list cannot name.
missing_packages() {
  for package; do
    is_installed "$package" || echo "$package"
  done
  # Swift links against whichever version of libstdc++ the system has; g++ brings the right one.
  dpkg-query -W -f '${db:Status-Status}\n' 'libstdc++-*-dev' 2>/dev/null | grep -qx installed || echo g++
  # Any python3 that can import it will do, not only Debian's.
  if [ "$purpose" = test ]; then
    python3 -c 'import jsonschema' >/dev/null 2>&1 || is_installed python3-jsonschema || echo python3-jsonschema
  fi
}

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

purpose=${1:-build}
case $purpose in
  build) packages=$build_packages ;;
  test) packages="$build_packages $test_packages" ;;
  bench) packages="$build_packages $bench_packages" ;;
  *) fail "unknown purpose '$purpose': build, test or bench" ;;
esac

# Adds what would be good to have; nothing fails without it.
install_optional() {
  for package; do
    is_installed "$package" && continue
    if [ "$(id -u)" -ne 0 ] || ! install -o Acquire::Retries=0 -o Acquire::http::Timeout=20 "$package" >/dev/null 2>&1; then
      echo "setup: $package is not there; the tests that need it are skipped" >&2
    fi
  done
}

# Puts Python packages, which Debian does not have, into a folder of their own; nothing fails without them.
install_oracle() {
  "$oracle/bin/python3" -c 'import cocotbext.pcie.core.tlp, peakrdl, pywellen' >/dev/null 2>&1 && return
  python3 -c 'import ensurepip' >/dev/null 2>&1 || install_optional python3-venv
  rm -rf "$oracle"
  if ! python3 -m venv "$oracle" >/dev/null 2>&1 ||
    ! "$oracle/bin/python3" -m pip install -q --disable-pip-version-check --retries 1 --timeout 20 \
      $oracle_packages >/dev/null 2>&1; then
    rm -rf "$oracle"
    echo "setup: $oracle_packages could not be had from PyPI; the tests that need them are skipped" >&2
  fi
}

# Adds what the tests do without when they have to.
add_optional() {
  [ "$purpose" = test ] || return 0
  install_optional $optional_test_packages
  install_oracle
}

check_swift

if ! command -v dpkg-query >/dev/null; then
  echo "setup: not a Debian system, so nothing was checked; needed here are the equivalents of: $packages" >&2
  [ "$purpose" != test ] || install_oracle
  exit 0
fi

missing=$(missing_packages $packages | sort -u | tr '\n' ' ' | sed 's/ $//')
if [ -z "$missing" ]; then
  add_optional
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  fail "packages are missing; run: sudo apt-get install -y --no-install-recommends $missing"
fi

echo "setup: installing $missing"
# The package lists are fetched only when they are missing or too old to be of use.
if ! apt-cache show $missing >/dev/null 2>&1 || ! install $missing; then
  apt-get update -qq && install $missing || fail "apt-get could not install: $missing"
fi
add_optional
