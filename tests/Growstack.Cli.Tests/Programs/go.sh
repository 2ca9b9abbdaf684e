# Go builds a program with C in it, and runs it: many threads, deep recursion in Go and on the stacks of its C threads.
. "$(dirname "$0")/common.sh"
mkdir "$work/stacks"
cp "$here/stacks.go.txt" "$work/stacks/main.go"
cd "$work/stacks"
export GOCACHE="$work/cache" GOPATH="$work/path" GOFLAGS=-mod=mod GO111MODULE=on CGO_ENABLED=1
printf 'module stacks\n\ngo 1.19\n' > go.mod
go build -o stacks . && echo built
$UNDER ./stacks
