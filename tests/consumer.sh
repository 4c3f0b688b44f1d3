#!/bin/sh
# consumer.sh SOURCE BUILD CC...: installs into a scratch folder and uses the library from there as
# a stranger would, in C and in C++: header, pkg-config file, exported symbols, the README's example.
set -eu
source=$1
build=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

DESTDIR=$scratch meson install -C "$build" --no-rebuild --quiet
pc=$(find "$scratch" -name genrecast.pc)
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$scratch"
library=$(find "$scratch" -name 'libgenrecast.so')
flags=$(pkg-config --cflags --libs genrecast)
export LD_LIBRARY_PATH="${library%/*}"
if nm -D "$library" | grep -q __asan_init; then
    echo "skipped: a sanitizer's library cannot be linked like any other"
    exit 77
fi

# 1. Exactly what the header declares is exported.
nm -D --defined-only "$library" | awk '$2 != "A" {print $3}' | sort >"$scratch/exported"
grep -v '^#' "$source/src/genrecast.h" | tr '\n' ' ' | grep -o 'GENRE_API [^;]*;' |
    grep -o 'genre_[a-z_]*(' | tr -d '(' | sort -u >"$scratch/declared"
diff "$scratch/declared" "$scratch/exported"
echo "exported: $(wc -l <"$scratch/exported") functions, all declared"

# 2. The README's example, as it stands there, in strict C11 and in C++11.
awk '/^```c$/ {inside = 1; next} /^```/ {inside = 0} inside' "$source/README.md" >"$scratch/example.c"
test -s "$scratch/example.c"
# shellcheck disable=SC2086 # flags are several words
"$@" -std=c11 -Wall -Wextra -Wpedantic -Werror "$scratch/example.c" $flags -o "$scratch/example"
answer=$(head -c 3528000 /dev/zero | "$scratch/example")
case $answer in
silence*) echo "example: $answer" ;;
*) echo "example says \"$answer\" of silence" && exit 1 ;;
esac
if command -v c++ >/dev/null; then
    # shellcheck disable=SC2086
    c++ -std=c++11 -Wall -Wextra -Werror -x c++ "$scratch/example.c" -x none $flags \
        -o "$scratch/example++"
    test "$(head -c 3528000 /dev/zero | "$scratch/example++")" = "$answer"
    echo "the same in C++"
fi

# 3. Nothing but the header is installed for developers.
test "$(find "$scratch" -name '*.h' | wc -l)" = 1
