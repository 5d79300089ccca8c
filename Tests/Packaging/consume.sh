# Read by the consumer checks: a fresh install that was moved, and what a finished consumer has to do.
# Arguments: BUILD_DIRECTORY CONSUMER_SOURCES C_COMPILER. Sets work, prefix, sources and compiler.
set -eu
build=$1 sources=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CMAKE:-cmake}" --install "$build" --prefix "$work/first" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
mv "$work/first" "$work/moved"
prefix=$work/moved
libdir=$(dirname "$(find "$prefix" -name libablate.so)")

# run_consumer PROGRAM: right figures, and the loader opens no library but ours and those of libc. The empty environment
# hides the Swift toolchain.
run_consumer() {
  output=$(env -i LD_LIBRARY_PATH="$libdir" "$1")
  [ "$output" = "13 27" ] || { echo "the consumer printed: $output"; exit 1; }
  env -i LD_LIBRARY_PATH="$libdir" LD_DEBUG=libs "$1" 2>&1 | sed -n 's/.*calling init: *//p' >"$work/loaded"
  grep -q "^$prefix/.*/libablate\.so" "$work/loaded" || { echo "libablate.so was not loaded from $prefix"; exit 1; }
  while read -r file; do
    case ${file##*/} in
    libablate.so* | libc.so.6 | libm.so.6 | ld-linux*) ;;
    *) echo "loaded $file"; exit 1 ;;
    esac
  done <"$work/loaded"
  sed 's/^/loaded /' "$work/loaded"
}
