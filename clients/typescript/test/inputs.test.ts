import assert from "node:assert/strict";
import test from "node:test";
import { changedFields, withoutNulls, type UpdateVideoInput, type VideoFilter } from "../src/index.js";

test("nulls and undefined fields go, at every level, and other values stay", () => {
  const form = { path: { contains: "", eq: null }, and: [null, { width: { gte: 0 }, height: undefined }] };
  const filter: VideoFilter = withoutNulls(form);
  assert.deepEqual(filter, { path: { contains: "" }, and: [{ width: { gte: 0 } }] });
});

test("a null that clears a field can be kept", () => {
  const form = { id: "1", audioCodec: null, thumbnailPath: undefined, path: null };
  const input: UpdateVideoInput = withoutNulls(form, ["audioCodec", "thumbnailPath"]);
  assert.deepEqual(input, { id: "1", audioCodec: null });
});

test("only what was changed is sent", () => {
  const base = { width: 1, audioCodec: "aac" as string | null, frameRate: { numerator: 25, denominator: 1 } };
  const form = { ...base, audioCodec: null, frameRate: { ...base.frameRate } };
  assert.deepEqual(changedFields(base, form), { audioCodec: null });
});
