#!/bin/sh
# libraries.sh PROGRAM: the shared libraries that a program of /build/device may need, one path a line, as ldd would say it if it could run
# the program: those that it names, and those that these name.
set -eu
found=
add() {
  for name in $(grep -aoE '(lib[A-Za-z0-9_+.-]+\.so\.[0-9.]+|ld-linux-aarch64\.so\.1)' "/build/device$1" | sort -u); do
    # the linker is in both, and the program says which it wants
    for folder in /lib /lib/aarch64-linux-gnu; do
      path=$folder/$name
      [ -e "/build/device$path" ] || continue
      case " $found " in *" $path "*) continue 2 ;; esac
      found="$found $path"
      echo "$path"
      add "$path"
      break
    done
  done
}
add "$1"
