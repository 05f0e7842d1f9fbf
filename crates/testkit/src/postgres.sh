# A PostgreSQL server for tests: makes its data in a directory of its own and does what it is told, line by line, on standard input.
# When that ends, however the test ended, the server is stopped and the directory removed.
set -u
bin=$1; port=$2; shift 2
dir=$(mktemp -d /tmp/kasse-postgres-XXXXXX) || exit 1
chmod 755 "$dir"
log=$dir/log
pid=
standby=
failed() {
  echo "failed: $(tail -n 3 "$log" | tr '\n' ' ')"
}
# Waits until the server of this process answers on this port.
ready() {
  tries=0
  until "$bin/pg_isready" -q -h "$dir" -p "$2" -U postgres; do
    kill -0 "$1" 2>/dev/null && [ "$tries" -lt 600 ] || { failed; return; }
    tries=$((tries + 1))
    sleep 0.05
  done
  echo "started"
}
start() {
  "$bin/postgres" -D "$dir/data" -k "$dir" -p "$port" "$@" >>"$log" 2>&1 &
  pid=$!
  ready "$pid" "$port"
}
# A copy that follows, on the next port; made when it is started first.
follow() {
  [ -d "$dir/standby" ] ||
    "$bin/pg_basebackup" -h "$dir" -p "$port" -U postgres -D "$dir/standby" -R --checkpoint=fast >>"$log" 2>&1 || { failed; return; }
  "$bin/postgres" -D "$dir/standby" -k "$dir" -p $((port + 1)) "$@" >>"$log" 2>&1 &
  standby=$!
  ready "$standby" $((port + 1))
}
stop() {
  [ -n "$2" ] && kill -"$1" "$2" 2>/dev/null && wait "$2" 2>/dev/null
}
end() {
  stop QUIT "$standby"
  stop QUIT "$pid"
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
    immediate) stop QUIT "$pid"; pid=; echo stopped ;;
    follow) follow "$@" ;;
    unfollow) stop QUIT "$standby"; standby=; echo stopped ;;
    *) echo "failed: unknown command $command" ;;
  esac
done
end
