# rustc builds a program and runs it: many threads on stacks of many sizes, and an overflow that the program itself reports.
. "$(dirname "$0")/common.sh"
cd "$work"
status=0
$UNDER rustc -O -o stacks "$here/stacks.rs" || status=$?
echo "built with $status"
RUST_BACKTRACE=0 $UNDER ./stacks deep 2> /dev/null
status=0
$UNDER ./stacks overflow 2> errors || status=$?
echo "overflow ended with $status"
grep -o 'has overflowed its stack' errors
status=0
$UNDER ./stacks thread 2> errors || status=$?
echo "overflow of a thread ended with $status"
grep -o "thread 'deep' .*has overflowed its stack" errors | sed 's/ ([0-9]*)//'
