# An nginx with two workers under load from ab, reloaded in between and ended gracefully.
. "$(dirname "$0")/common.sh"
port=$(port)
mkdir "$work/pages"
echo hello > "$work/pages/index.html"
head -c 300000 /dev/zero > "$work/pages/large"
chmod -R a+rX "$work"
cat > "$work/nginx.conf" <<CONF
daemon off;
worker_processes 2;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server { listen 127.0.0.1:$port; root $work/pages; gzip on; }
}
CONF
plain $UNDER nginx -p "$work" -e "$work/error.log" -c "$work/nginx.conf" > "$work/log" 2>&1 &
nginx=$!
await $nginx ab -n 1 "http://127.0.0.1:$port/"
load() { ab -q -n 2000 -c 16 "http://127.0.0.1:$port/$1" 2> /dev/null | grep -E '^(Complete requests|Failed requests|Document Length|Non-2xx)'; }
load ''
load large
kill -HUP "$(cat "$work/pid")"
sleep 0.5
load ''
kill -QUIT "$(cat "$work/pid")"
ended $nginx
