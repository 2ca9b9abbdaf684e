# A PostgreSQL server that answers pgbench while $INSPECT looks at all of its processes, ten times; the last answer is left in $1/json.
. "$(dirname "$0")/common.sh"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
plain "$bin/initdb" -D "$work/data" -A trust --locale=C --no-sync > /dev/null
plain "$bin/postgres" -D "$work/data" -k "$work" -h '' -F -c autovacuum=off > "$work/log" 2>&1 &
await $! plain "$bin/pg_isready" -q -h "$work"
plain "$bin/pgbench" -i -q -s 2 -h "$work" postgres 2> /dev/null
plain "$bin/pgbench" -n -c 8 -j 2 -T 600 -h "$work" postgres > "$work/bench" 2>&1 &
load=$!
server=$(head -1 "$work/data/postmaster.pid")
until [ "$(ps -o args= --ppid "$server" | grep -c '\[local\]')" -ge 8 ]; do kill -0 $load || exit 98; sleep 0.1; done
for look in 1 2 3 4 5 6 7 8 9 10; do
    $INSPECT inspect "$server" $(ps -o pid= --ppid "$server") --json > "$work/json" || exit 97
done
if ps -o stat= --ppid "$server" | grep '^[tT]'; then exit 95; fi
if grep -hE 'ERROR|FATAL|PANIC' "$work/bench"; then exit 94; fi
kill -0 $load && echo 'still at work'
kill -INT "$server"
wait
