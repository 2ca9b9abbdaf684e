# Shared by the scripts: $1 is an empty directory of their own, $UNDER the words that put a program under growstack.
set -eu
work=$1
here=$(cd "$(dirname "$0")" && pwd)
# Servers refuse to be root's: then they run as nobody.
plain() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work" "$@"; else "$@"; fi
}
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work"
# A free port of the loopback interface.
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# Waits for a command to succeed, as long as the server lives.
await() {
    server=$1
    shift
    until "$@" > /dev/null 2>&1; do kill -0 "$server" || exit 98; sleep 0.1; done
}
ended() { status=0; wait "$1" || status=$?; echo "ended with $status"; }
