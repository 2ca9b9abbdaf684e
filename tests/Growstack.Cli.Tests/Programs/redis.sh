# A redis server under load from redis-benchmark, with a deep script, a background save (a fork) and a clean end.
. "$(dirname "$0")/common.sh"
cd "$work"
$UNDER redis-server --port 0 --unixsocket "$work/socket" --save '' --daemonize no --io-threads 2 > "$work/log" 2>&1 &
redis=$!
await $redis redis-cli -s "$work/socket" ping
redis-benchmark -s "$work/socket" -n 5000 -c 20 -q -t set,get,lpush,mset > "$work/benchmark" 2>&1
grep -c 'requests per second' "$work/benchmark" || { cat "$work/benchmark" "$work/log"; exit 97; }
ask() { redis-cli -s "$work/socket" "$@"; }
ask eval 'local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end return depth(3000)' 0
ask eval 'local function fall(n) return 1 + fall(n) end return fall(0)' 0 2>&1 | grep -o 'stack overflow' | head -1
ask set answer 42
ask bgsave > /dev/null
until ask info persistence | grep -q rdb_bgsave_in_progress:0; do sleep 0.1; done
ask info persistence | grep rdb_last_bgsave_status
ask get answer
ask shutdown nosave || true
ended $redis
