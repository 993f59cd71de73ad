#!/usr/bin/env bash
# Fuzzes every parser of outside bytes, one after the other, from the kept corpus. Fails on a finding and says where its input lies.
# Usage: scripts/fuzz.sh [TARGET...]         fuzzes these targets (default: all), FUZZ_SECONDS each (default 60)
#        scripts/fuzz.sh keep [TARGET...]    takes what the last runs reached into fuzz/corpus, at most 48 inputs a target
set -euo pipefail
cd "$(dirname "$0")/.."

keep=false
if [ "${1:-}" = keep ]; then
  keep=true
  shift
fi
seconds=${FUZZ_SECONDS:-60}
kept=48
work=fuzz/target/work
programs=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release

targets=("$@")
if [ $# -eq 0 ]; then
  for file in fuzz/fuzz_targets/*.rs; do
    targets+=("$(basename "$file" .rs)")
  done
fi
for target in "${targets[@]}"; do
  if [ ! -f "fuzz/fuzz_targets/$target.rs" ]; then
    echo "fuzz: no such target: $target" >&2
    exit 1
  fi
done

scripts/install-packages.sh build
scripts/install-cargo-tools.sh cargo-fuzz
# Without a sanitizer stable Rust is enough; the product has no unsafe code. Without `cfg(fuzzing)` every crate is as it ships.
target/tools/bin/cargo-fuzz fuzz build --sanitizer none --no-cfg-fuzzing
WARIFU_WRITE_SEEDS="$PWD/$work/seeds" cargo test --locked --quiet -p warifu-fuzz-checks --test corpus every_seed >/dev/null

# The kept files are a spread over all sizes, so that neither the shortest inputs nor the deepest are all that is left.
keep_some() {
  local target=$1 merged
  merged=$(mktemp -d)
  "$programs/$target" -merge=1 "$merged" "fuzz/corpus/$target" "$work/$target" >"$work/$target.log" 2>&1
  find "fuzz/corpus/$target" -type f ! -name 'finding-*' -delete
  local files
  mapfile -t files < <(find "$merged" -type f -size -8k -printf '%s %p\n' | sort -n | cut -d' ' -f2)
  local step=$(((${#files[@]} + kept - 1) / kept)) at
  for ((at = 0; at < ${#files[@]}; at += step)); do
    cp "${files[at]}" "fuzz/corpus/$target/"
  done
  rm -rf "$merged"
  echo "fuzz: $target keeps $(find "fuzz/corpus/$target" -type f | wc -l) inputs"
}

failed=()
for target in "${targets[@]}"; do
  mkdir -p "$work/$target" "$work/seeds/$target" "fuzz/corpus/$target" "fuzz/artifacts/$target"
  if $keep; then
    keep_some "$target"
    continue
  fi
  # The first folder takes what is new, so the kept corpus stays as it is.
  if "$programs/$target" "$work/$target" "fuzz/corpus/$target" "$work/seeds/$target" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=2048 -max_len=9000 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="fuzz/artifacts/$target/" >"$work/$target.log" 2>&1; then
    awk -v target="$target" '/cov: [0-9]/ { cov = $4 } /number_of_executed_units/ { runs = $2 } /average_exec_per_sec/ { rate = $2 }
      END { printf "fuzz: %-20s %10d runs, %6d a second, %5d edges\n", target, runs, rate, cov }' "$work/$target.log"
  else
    # What the check said, up to the list of calls.
    grep -m 1 -A 5 'panicked at' "$work/$target.log" | sed '/^stack backtrace/,$d; /^note:/,$d' >&2 || true
    echo "fuzz: $target has a FINDING: $(grep -o 'fuzz/artifacts/[^ ]*' "$work/$target.log" | tail -n 1) (log: $work/$target.log)" >&2
    failed+=("$target")
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "fuzz: findings in ${failed[*]}" >&2; exit 1; }
