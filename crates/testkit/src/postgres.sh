# A PostgreSQL server for tests: makes its data in a directory of its own and does what it is told, line by line, on standard input.
# When that ends, however the test ended, the server is stopped and the directory removed.
set -u
bin=$1; port=$2; shift 2
dir=$(mktemp -d /tmp/kasse-postgres-XXXXXX) || exit 1
chmod 755 "$dir"
log=$dir/log
pid=
start() {
  "$bin/postgres" -D "$dir/data" -k "$dir" -p "$port" "$@" >>"$log" 2>&1 &
  pid=$!
  tries=0
  until "$bin/pg_isready" -q -h "$dir" -p "$port" -U postgres; do
    kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 600 ] || { echo "failed: $(tail -n 3 "$log" | tr '\n' ' ')"; return; }
    tries=$((tries + 1))
    sleep 0.05
  done
  echo "started"
}
stop() {
  [ -n "$pid" ] && kill -"$1" "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  pid=
}
end() {
  stop QUIT
  rm -rf "$dir"
  exit 0
}
trap end TERM INT HUP
"$bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >"$log" 2>&1 || {
  echo "failed: $(tail -n 3 "$log" | tr '\n' ' ')"
  end
}
echo "made $dir"
while read -r command; do
  case $command in
    start) start "$@" ;;
    immediate) stop QUIT; echo stopped ;;
    *) echo "failed: unknown command $command" ;;
  esac
done
end
