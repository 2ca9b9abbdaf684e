# A PostgreSQL server that answers pgbench while $INSPECT looks at all of its processes, again and again; the last answer is left in $1/json.
. "$(dirname "$0")/common.sh"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
plain "$bin/initdb" -D "$work/data" -A trust --locale=C --no-sync > /dev/null
plain "$bin/postgres" -D "$work/data" -k "$work" -h '' -F -c autovacuum=off > "$work/log" 2>&1 &
await $! plain "$bin/pg_isready" -q -h "$work"
plain "$bin/pgbench" -i -q -s 2 -h "$work" postgres 2> /dev/null
plain "$bin/pgbench" -n -c 8 -j 2 -T 5 -h "$work" postgres > "$work/bench" 2>&1 &
load=$!
server=$(head -1 "$work/data/postmaster.pid")
until [ "$(ps -o args= --ppid "$server" | grep -c '\[local\]')" -ge 8 ]; do kill -0 $load || exit 98; sleep 0.1; done
looks=0
while [ $looks -lt 20 ] && kill -0 $load 2> /dev/null; do
    if $INSPECT inspect "$server" $(ps -o pid= --ppid "$server") --json > "$work/answer"; then
        mv "$work/answer" "$work/json"
        looks=$((looks + 1))
    else
        kill -0 $load 2> /dev/null && exit 97
    fi
done
[ $looks -gt 0 ] || exit 96
! ps -o stat= --ppid "$server" | grep '^[tT]'
wait $load
grep -hE "number of failed|ERROR|FATAL|PANIC" "$work/bench"
kill -INT "$server"
wait
