#!/usr/bin/env bash
# Makes a library as a version of the program keeps it, for later versions to be tested with. Each version
# with a new migration is run once, before it is released:
#
#   tests/data/make-library.sh target/debug/reelgraph
#
# One write adds 36 videos, another one changes four of them, and three more change one and delete two. Seven
# requests then make ten changes each of one more video, so that it has checkpoints. Request `wide` changes all
# others at once, and is undone; two are deleted at once, and one of these is restored. Two keys are created, one
# of which is revoked. At the end, a folder is scanned twice: three files are found and a fourth one is no video,
# and then one has moved and another one is missing.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."

newest=$(basename -a migrations/sqlite/*.sql | tail -n 1)
made=tests/data/library-${newest%%_*}.sqlite
if [[ -e $made ]]; then
  echo "$made is there already" >&2
  exit 1
fi
folder=$(mktemp -d)
# The library has this path, so it is always the same.
films=/tmp/reelgraph-films
mkdir "$films"
trap 'rm -r "$folder" "$films"' EXIT
export REELGRAPH_DATABASE_URL=sqlite:$folder/library.db
address=127.0.0.1:18675

head -n 36 examples/sample.ndjson >"$folder/records.ndjson"
"$program" import "$folder/records.ndjson"
head -n 4 "$folder/records.ndjson" | sed 's/"width":[0-9]*/"width":7680/' >"$folder/wide.ndjson"
"$program" import --on-conflict update "$folder/wide.ndjson"
key=$("$program" key create --name editor --role editor)
"$program" key create --name old --role admin >"$folder/revoked"
"$program" key revoke old

"$program" serve --listen "$address" --log-level warn &
server=$!
id() { sed -n "${1}p" "$folder/records.ndjson" | cut -d '"' -f 4; }
changes() {
  printf 'u: updateVideo(input: {id: \\"%s\\", audioCodec: null}) { userErrors { code } } ' "$(id 5)"
  printf 'd: deleteVideo(input: {id: \\"%s\\"}) { userErrors { code } } ' "$(id 6)"
  printf 'e: deleteVideo(input: {id: \\"%s\\"}) { userErrors { code } } ' "$(id 7)"
}
# Makes ten changes, each of which brings this video to its next version.
frames() {
  for version in $(seq "$1" $(($1 + 9))); do
    printf 'v%s: updateVideo(input: {id: \\"%s\\", durationFrames: %s}) ' "$version" "$(id 8)" "$version"
    printf '{ userErrors { code } } '
  done
}
mutate() {
  curl --silent --show-error --fail --retry 50 --retry-connrefused --retry-delay 1 \
    --header "authorization: Bearer $key" --header 'content-type: application/json' \
    --header "x-request-id: ${2:-$RANDOM-$RANDOM}" \
    --data "{\"query\":\"mutation { $1}\"}" "http://$address/graphql"
  echo
}
# Carries out the mutation of this name with this input, as its dry run plans it.
as_planned() {
  plan=$(mutate "$1(input: { $2 }) { plan }" | sed 's/.*"plan":"\([^"]*\)".*/\1/')
  mutate "$1(input: { $2 dryRun: false plan: \\\"$plan\\\" }) { applied userErrors { code } }" "$3"
}
mutate "$(changes)"
for version in 2 12 22 32 42 52 62; do
  mutate "$(frames "$version")"
done
as_planned updateVideos 'select: { filter: { width: { lt: 7680 } } } set: { width: 640 }' wide
as_planned undoRequest 'requestId: \"wide\"' undo
as_planned deleteVideos "select: { ids: [\\\"$(id 9)\\\", \\\"$(id 10)\\\"] }" gone
mutate "restoreVideo(input: { id: \\\"$(id 9)\\\" version: 1 }) { userErrors { code } } "
kill "$server"
wait "$server"

cat >"$folder/ffprobe" <<'END'
#!/bin/sh
case "$*" in *-version*) echo 'ffprobe version 0-made-up'; exit 0;; esac
read -r width rest
case "$width" in
  ''|*[!0-9]*) echo '{"error":{"code":-1094995529,"string":"Invalid data found when processing input"}}'; exit 1;;
esac
echo '{"streams":[{"index":0,"codec_type":"video","codec_name":"h264","width":'"$width"',"height":180,
"r_frame_rate":"25/1","avg_frame_rate":"25/1","nb_frames":"50","duration":"2.000000"}],
"chapters":[{"start_time":"0.000000","end_time":"1.000000","tags":{"title":"Begin"}}],
"format":{"format_name":"matroska,webm","duration":"2.000000","bit_rate":"1000"}}'
END
chmod +x "$folder/ffprobe"
for film in one two three; do echo "320 $film" >"$films/$film.mkv"; done
echo 'no video' >"$films/four.mkv"
# What has just been written would be left for the next scan.
touch --date 2020-01-01T00:00:00Z "$films"/*
scan() { "$program" scan --ffprobe "$folder/ffprobe" "$films"; }
scan
mkdir "$films/new"
mv "$films/one.mkv" "$films/new/one.mkv"
rm "$films/two.mkv"
scan
install -m 644 "$folder/library.db" "$made"
echo "made $made"
