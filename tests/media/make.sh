#!/usr/bin/env bash
# Makes a small library of real media files, each named for what it is.
# Usage: make.sh DIR. Needs ffmpeg, 5.1 or newer, and python3.
# Every run makes the same bytes: no clocks, one thread. Files that the local ffmpeg cannot encode are skipped
# and named at the end.
set -u
D=${1:?usage: make.sh DIR}; mkdir -p "$D"; cd "$D" || exit 1
FF="ffmpeg -hide_banner -loglevel error -nostdin -y"
BX="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 -threads 1"
V="-f lavfi -i testsrc2=size=320x180:rate=25:duration=2"
V2997="-f lavfi -i testsrc2=size=320x180:rate=30000/1001:duration=2"
A="-f lavfi -i sine=frequency=440:sample_rate=48000:duration=2"
A2="-f lavfi -i sine=frequency=880:sample_rate=48000:duration=2"
H264="-c:v libx264 -preset ultrafast -crf 40 -pix_fmt yuv420p"
LEFT=()
ERR=$(mktemp)
mk() { # mk NAME args…
  local f=$1; shift
  if ! timeout 60 $FF "$@" $BX "$f" 2>"$ERR"; then LEFT+=("$f: $(tail -1 "$ERR" | cut -c1-90)"); rm -f "$f"; fi; }
# --- containers and codecs
mk mp4-h264-aac.mp4               $V $A $H264 -c:a aac -shortest
mk mp4-h264-aac-faststart.mp4     $V $A $H264 -c:a aac -movflags +faststart
mk mp4-h264-fragmented.mp4        $V $A $H264 -c:a aac -movflags +frag_keyframe+empty_moov+default_base_moof -g 10
mk mp4-h264-no-audio.mp4          $V $H264
mk mp4-hevc-hvc1.mp4              $V -c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1 -tag:v hvc1
mk mp4-mpeg4-mp3.mp4              $V $A -c:v mpeg4 -q:v 20 -c:a libmp3lame
mk mp4-av1.mp4                    $V -c:v libsvtav1 -preset 12 -crf 60
mk mov-prores-pcm.mov             -f lavfi -i testsrc2=size=160x90:rate=24:duration=1 $A -c:v prores_ks -profile:v 0 -c:a pcm_s16le -shortest
mk mov-mjpeg.mov                  $V -c:v mjpeg -q:v 20
mk mkv-h264-ac3.mkv               $V $A $H264 -c:a ac3
mk mkv-vp9-opus.mkv               $V $A -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 50k -c:a libopus
mk mkv-ffv1-flac.mkv              -f lavfi -i testsrc2=size=160x90:rate=25:duration=1 $A -c:v ffv1 -c:a flac -shortest
mk webm-vp8-vorbis.webm           $V $A -c:v libvpx -deadline realtime -cpu-used 8 -b:v 50k -c:a libvorbis
mk webm-vp9-alpha.webm            -f lavfi -i "color=red@0.5:size=160x90:rate=25:duration=1,format=yuva420p" -c:v libvpx-vp9 -deadline realtime -cpu-used 8
mk avi-mpeg4-mp3.avi              $V $A -c:v mpeg4 -vtag XVID -q:v 20 -c:a libmp3lame
mk avi-no-index.avi               $V $A -c:v mpeg4 -q:v 20 -c:a libmp3lame
mk wmv-wmv2-wmav2.wmv             $V $A -c:v wmv2 -b:v 100k -c:a wmav2
mk asf-msmpeg4.asf                $V -c:v msmpeg4v3 -b:v 100k
mk flv-h264-aac.flv               $V $A $H264 -c:a aac
mk ts-h264-aac.ts                 $V $A $H264 -c:a aac -f mpegts
mk m2ts-h264-ac3.m2ts             $V $A $H264 -c:a ac3 -f mpegts -mpegts_m2ts_mode 1
mk mpg-mpeg2-mp2.mpg              $V $A -c:v mpeg2video -b:v 200k -c:a mp2 -f mpeg
mk vob-mpeg2-ac3.vob              $V $A -c:v mpeg2video -b:v 200k -c:a ac3 -f vob
mk ogv-theora-vorbis.ogv          $V $A -c:v libtheora -q:v 2 -c:a libvorbis
mk 3gp-h263-amr.3gp               -f lavfi -i testsrc2=size=176x144:rate=15:duration=2 -c:v h263 -b:v 60k
mk mxf-mpeg2-pcm.mxf              -f lavfi -i testsrc2=size=320x180:rate=25:duration=1 $A -c:v mpeg2video -b:v 300k -c:a pcm_s16le -shortest
mk raw-h264-elementary.h264       $V $H264 -f h264
mk raw-ivf-vp8.ivf                $V -c:v libvpx -deadline realtime -cpu-used 8 -b:v 50k
mk dv-pal.dv                      -f lavfi -i testsrc2=size=720x576:rate=25:duration=0.2 -c:v dvvideo -pix_fmt yuv420p
mk gif-animated.gif               -f lavfi -i testsrc2=size=80x60:rate=10:duration=1
mk apng-animated.apng             -f lavfi -i testsrc2=size=80x60:rate=10:duration=1 -plays 0
mk y4m-raw.y4m                    -f lavfi -i testsrc2=size=32x18:rate=25:duration=0.4 -pix_fmt yuv420p
# --- frame rates, time
mk rate-23976.mkv                 -f lavfi -i testsrc2=size=160x90:rate=24000/1001:duration=2 $H264
mk rate-2997.mp4                  $V2997 $H264
mk rate-5994-ts.ts                -f lavfi -i testsrc2=size=160x90:rate=60000/1001:duration=1 $H264 -f mpegts
mk rate-one-frame.mp4             -f lavfi -i testsrc2=size=160x90:rate=25:duration=0.04 $H264
mk rate-timelapse-quarter-fps.mp4 -f lavfi -i testsrc2=size=160x90:rate=1/4:duration=12 $H264
mk rate-variable.mp4              -f lavfi -i "testsrc2=size=160x90:rate=30:duration=3,select='not(between(n,20,50)*mod(n,3))'" -fps_mode vfr $H264
mk rate-variable.mkv              -f lavfi -i "testsrc2=size=160x90:rate=30:duration=3,select='not(between(n,20,50)*mod(n,3))'" -fps_mode vfr $H264
mk rate-gap-of-10s.mkv            -f lavfi -i "testsrc2=size=160x90:rate=25:duration=2,setpts='if(gte(N,25),PTS+10/TB,PTS)'" -fps_mode vfr $H264
mk interlaced-tff.ts              -f lavfi -i "testsrc2=size=720x576:rate=50:duration=1,tinterlace=interleave_top,fieldorder=tff" -c:v mpeg2video -flags:v +ildct+ilme+bitexact -top 1 -b:v 500k -f mpegts
mk audio-longer-than-video.mkv    -f lavfi -i testsrc2=size=160x90:rate=25:duration=1 -f lavfi -i sine=duration=5 $H264 -c:a aac
mk starts-late.ts                 $V $H264 -output_ts_offset 3600 -f mpegts
mk edit-list-trimmed.mp4          -ss 0.5 -i mp4-h264-aac.mp4 -c copy
# --- picture
# ffmpeg up to 5.1 takes the tag, newer ones the option
$FF -i mp4-h264-no-audio.mp4 -c copy -metadata:s:v rotate=90 -fflags +bitexact -flags +bitexact rotated-90.mp4
ffprobe -v error -show_entries stream_side_data=rotation rotated-90.mp4 | grep -q rotation= || $FF -display_rotation 90 -i mp4-h264-no-audio.mp4 -c copy -fflags +bitexact rotated-90.mp4
mk anamorphic-sar-16-11.mkv       -f lavfi -i "testsrc2=size=720x576:rate=25:duration=0.4,setsar=16/11" $H264
mk odd-size-321x181.mkv           -f lavfi -i testsrc2=size=320x180:rate=25:duration=0.4 -vf scale=321:181,format=yuv444p -c:v libx264 -preset ultrafast -pix_fmt yuv444p
mk ten-bit.mkv                    $V -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none:pools=1:frame-threads=1
mk hdr10.mkv                      -f lavfi -i testsrc2=size=320x180:rate=25:duration=0.4 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -x265-params "log-level=none:pools=1:frame-threads=1:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
mk hlg.mp4                        -f lavfi -i testsrc2=size=320x180:rate=25:duration=0.4 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc -tag:v hvc1 -x265-params log-level=none:pools=1:frame-threads=1:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc
mk all-black.mp4                  -f lavfi -i color=black:size=160x90:rate=25:duration=2 $H264
# --- streams
printf '1\n00:00:00,000 --> 00:00:01,500\nHello\n' > .s.srt
printf ';FFMETADATA1\ntitle=A title\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Zwei \xc3\xbc\n' > .c.txt
timeout 60 $FF $V $A $A2 -i .s.srt -i .s.srt -i .c.txt -map 0 -map 1 -map 2 -map 3 -map 4 -map_metadata 5 -map_chapters 5 $H264 -c:a aac -c:s srt -metadata:s:a:0 language=eng -metadata:s:a:0 title=Main -metadata:s:a:1 language=jpn -metadata:s:a:1 title=Commentary -disposition:a:1 comment -metadata:s:s:0 language=ger -disposition:s:0 forced+default -metadata:s:s:1 language=eng -disposition:s:1 hearing_impaired -fflags +bitexact -flags +bitexact -threads 1 streams-2audio-2subs-chapters.mkv || LEFT+=("streams-2audio-2subs-chapters.mkv")
mk streams-mov-text-chapters.mp4  -i streams-2audio-2subs-chapters.mkv -map 0:v -map 0:a:0 -map 0:s:0 -c:v copy -c:a copy -c:s mov_text -map_chapters 0
mk streams-two-videos.mkv         $V -f lavfi -i testsrc=size=640x360:rate=25:duration=2 -map 0 -map 1 $H264
$FF -f lavfi -i testsrc=size=600x600:rate=1:duration=1 -frames:v 1 .cover.jpg
mk streams-attached-picture.mp4   $V $A -i .cover.jpg -map 0 -map 1 -map 2 $H264 -c:a aac -c:v:1 mjpeg -disposition:v:1 attached_pic
mk streams-cover-and-font.mkv     $V $H264 -attach .cover.jpg -metadata:s:t:0 mimetype=image/jpeg -metadata:s:t:0 filename=cover.jpg
mk audio-only.m4a                 $A -c:a aac
mk audio-only.mkv                 $A -c:a libvorbis
mk audio-only-with-cover.mp3      $A -i .cover.jpg -map 0 -map 1 -c:a libmp3lame -c:v mjpeg -disposition:v attached_pic
mk subtitles-only.mks             -i .s.srt -c:s srt -f matroska
mk image-still.jpg                -i .cover.jpg -c copy
mk image-still-named.mp4          -i .cover.jpg -c:v mjpeg -f image2 -update 1
timeout 20 $FF $V $H264 -metadata title="It's \"Ünï\" 日本語 {x} \\ end" -metadata comment=$'two\nlines' -metadata creation_time=2019-01-02T03:04:05Z -fflags +bitexact -flags +bitexact -movflags use_metadata_tags tags-odd.mp4
mk gopro-like-timecode-data.mov   $V $H264 -timecode 01:02:03:04
mk mp4-cenc-encrypted.mp4         $V $H264 -encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8
mk mkv-no-duration-no-cues.mkv    $V $A $H264 -c:a aac -live 1
cat mkv-h264-ac3.mkv > /dev/null && (timeout 20 $FF $V $H264 $BX -f matroska - | cat > mkv-piped-unknown-size.mkv)
# --- broken files, all made from those above
python3 - <<'P'
import os, random
r=random.Random(1)
def rd(n):
    try: return open(n,'rb').read()
    except OSError: return None
def w(n,b): open(n,'wb').write(b)
w('broken-zero-bytes.mp4',b''); w('broken-one-byte.mkv',b'\x1a')
w('broken-random-64k.mp4',r.randbytes(65536)); w('broken-text.mkv',b'this is no video\n'*100)
w('broken-nul-64k.avi',bytes(65536))
b=rd('mp4-h264-aac.mp4'); w('broken-truncated-no-moov.mp4',b[:len(b)//2]); w('broken-header-only.mp4',b[:32])
b=rd('mp4-h264-aac-faststart.mp4'); w('broken-truncated-after-moov.mp4',b[:len(b)*2//3])
c=bytearray(b); i=c.find(b'mdat')
for k in range(i+200,len(c),97): c[k]^=0xff
w('broken-mdat-corrupted.mp4',bytes(c))
c=bytearray(b); i=c.find(b'moov'); c[i-4:i]=b'\xff\xff\xff\xff'; w('broken-moov-size-lies.mp4',bytes(c))
c=bytearray(b); i=c.find(b'stts'); c[i+8:i+12]=b'\x7f\xff\xff\xff'; w('broken-stts-2-billion-entries.mp4',bytes(c))
c=bytearray(b); i=c.find(b'tkhd'); c=c.replace(b'avc1',b'zzzz'); w('codec-unknown.mp4',bytes(c))
b=rd('mkv-h264-ac3.mkv'); w('broken-truncated.mkv',b[:len(b)//2])
c=bytearray(b); 
for k in range(2000,len(c),53): c[k]^=0x55
w('broken-corrupted.mkv',bytes(c))
b=rd('avi-no-index.avi'); i=b.rfind(b'idx1'); w('avi-no-index.avi',b[:i])
b=rd('ts-h264-aac.ts'); w('broken-ts-starts-in-mid-packet.ts',b[100:]); w('broken-ts-sync-lost.ts',b[:188*20]+r.randbytes(5000)+b[188*20:])
b=rd('mkv-h264-ac3.mkv'); w('junk-before-header.mkv',r.randbytes(3000)+b)
w('download-in-progress.mp4.part',rd('mp4-h264-aac.mp4')[:5000]); w('wrong-extension-is-mkv.mp4',b); w('wrong-extension-is-text.mp4',b'<html>404</html>')
# what could make a demuxer open other files
w('hostile-playlist.m3u8',b'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n')
w('hostile-playlist-named.mp4',b'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n')
w('hostile-concat-named.mp4',b"ffconcat version 1.0\nfile 'mp4-h264-aac.mp4'\n")
w('hostile-sdp-named.mp4',b'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n')
w('hostile-dash-named.mp4',b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" width="1" height="1" codecs="avc1"><BaseURL>http://127.0.0.1:9/x.mp4</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>')
P
cp mp4-h264-no-audio.mp4 ./-y.mp4; cp mp4-h264-no-audio.mp4 ./--help.mp4
cp mp4-h264-no-audio.mp4 "concat:a.mp4|b.mp4"; cp mp4-h264-no-audio.mp4 "name with spaces, 'quotes' & \$(id) %d %03d.mp4"
cp mp4-h264-no-audio.mp4 $'new\nline.mp4'; cp mp4-h264-no-audio.mp4 $'not-utf8-\xff\xfe.mp4'
cp mp4-h264-no-audio.mp4 $'nfc-\xc3\xa9.mp4'; cp mp4-h264-no-audio.mp4 $'nfd-e\xcc\x81.mp4'
cp mp4-h264-no-audio.mp4 'pattern-%03d.mp4'; mkdir -p 'http:'; cp mp4-h264-no-audio.mp4 'http:/x.mp4'
rm -f .s.srt .c.txt .cover.jpg "$ERR"
echo "made $(find . -type f | wc -l) files, $(du -sk . | cut -f1) kB" >&2
for x in "${LEFT[@]:-}"; do [ -n "$x" ] && echo "skipped: $x" >&2; done
exit 0
