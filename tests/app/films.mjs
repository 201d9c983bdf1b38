// Films, made by ffmpeg, and what happens to their files.

import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";

/** Files that were changed just now may still be written, so scans leave them alone. */
const LONG_AGO = new Date("2024-01-01");

/** Pictures that move, sound, and how many seconds of it. */
const source = (picture, frequency, seconds) =>
  ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", `sine=frequency=${frequency}`, "-t", seconds].map(String);

const VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis"];
const MPEG2 = ["-c:v", "mpeg2video", "-q:v", "20", "-c:a", "mp2"];
const PICTURE = "testsrc2=size=320x180:rate=25";
/** What no codec makes small: a player does not read all of it at once. */
const NOISE = "testsrc2=size=480x270:rate=5,noise=alls=60:allf=t";

export const LONG_FILM = "The Long Film (2021).webm";
export const OLD_FILM = "An Old Film.mpg";
export const OFFLINE_FILM = "From the Archive.webm";

export class Films {
  /** The library roots are `films` and `archive` in this folder. */
  constructor(folder) {
    this.folder = folder;
  }

  path(name) {
    return join(this.folder, name);
  }

  make(name, arguments_) {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    execFileSync("ffmpeg", ["-loglevel", "error", "-nostdin", "-y", ...arguments_, path]);
    utimesSync(path, LONG_AGO, LONG_AGO);
  }

  /** Some films, one of which is long, and one of which no browser plays. */
  makeAll() {
    this.make(`films/${LONG_FILM}`, [...source(NOISE, 300, 60), ...VP8, "-b:v", "4M", "-qmax", "10", "-g", "10"]);
    this.make(`films/${OLD_FILM}`, [...source(PICTURE, 400, 2), ...MPEG2]);
    this.make(`archive/${OFFLINE_FILM}`, [...source(PICTURE, 500, 2), ...VP8]);
    for (let number = 1; number <= 6; number++) this.makeShort(`films/Series/Episode ${number}.webm`, number);
  }

  /** A short film that differs from those with other numbers. */
  makeShort(name, number) {
    this.make(name, [...source(`${PICTURE},hue=h=${number * 40}`, 200 + number, 2), ...VP8]);
  }

  /** Another file with the same content. */
  copy(from, to) {
    copyFileSync(this.path(from), this.path(to));
    utimesSync(this.path(to), LONG_AGO, LONG_AGO);
  }

  remove(name) {
    rmSync(this.path(name));
  }

  rename(from, to) {
    renameSync(this.path(from), this.path(to));
  }

  /** Has ffprobe wait until the function that this returns is called. */
  async hold() {
    const holder = spawn("flock", ["-x", this.path("hold"), "sh", "-c", "echo held; cat"], { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    return async () => {
      holder.stdin.end();
      await once(holder, "close");
    };
  }
}
