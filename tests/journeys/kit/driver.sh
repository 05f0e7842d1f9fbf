# The driver of the browsers, for tests: started with a directory of its own, on a port it chooses and says.
# When standard input ends, however the test's process ended, driver and browsers are killed and the directory is removed.
set -u
command -v chromedriver >/dev/null || exit 1
dir=$(mktemp -d /tmp/kasse-browsers-XXXXXX) || exit 1
echo "directory $dir"
# A session of its own is a process group of its own, which its browsers stay in.
TMPDIR=$dir HOME=$dir setsid chromedriver --port=0 2>"$dir/log" &
group=$!
# The driver alone holds the output now: where it ends, the test sees it end.
exec >/dev/null
end() {
  kill -KILL "-$group" 2>/dev/null
  # A browser's reporter of crashes has a group of its own; it ends by itself and may write until then.
  tries=0
  gone=0
  while [ "$gone" -lt 3 ] && [ "$tries" -lt 50 ]; do
    rm -rf "$dir" 2>/dev/null
    sleep 0.1
    tries=$((tries + 1))
    gone=$((gone + 1))
    [ -e "$dir" ] && gone=0
  done
  exit 0
}
trap end TERM INT HUP
while read -r _; do :; done
end
