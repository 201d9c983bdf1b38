// What the page says to whom a server refuses, and how a key is typed once for all tabs; and the
// page on a phone. explorer.mjs calls these with what it uses the page by.

import assert from "node:assert/strict";

export function keySteps({ page, answered, openExample, run, headers, write, closed, key, readerKey }) {
  const field = page.getByRole("textbox", { name: "Key" });
  const advice = (text) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const noAdvice = () => page.locator("#advice:empty").waitFor({ state: "attached" });
  const type = async (text) => {
    await field.fill(text);
    await field.press("Enter");
  };
  /** The authorization of the next request, which this makes. */
  const authorizationOf = async (act) => {
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await act();
    return (await sent).headers().authorization;
  };
  return {
    async "says what to type where to whom the server refuses"() {
      await page.goto(closed);
      await page.getByRole("heading", { name: "Reelgraph films", exact: true }).waitFor();
      await advice("The server requires a key. Enter one in the field Key.");
      await answered("UNAUTHENTICATED");
      await type("wrong");
      await advice("The server rejects this key.");
    },

    async "takes a key once for all tabs, and greets whose library is empty"() {
      await type(key);
      await answered("Welcome to films, which is empty");
      await answered("reelgraph import FILE");
      await noAdvice();
      for (const name of ["FirstPage", "History"]) {
        await openExample(name);
        await run();
        await answered('"totalCount": 0');
      }
      await openExample("Follow");
      await run();
      await answered('"kind": "CAUGHT_UP"');
    },

    async "reads the schema with the key"() {
      await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
      await page.getByRole("region", { name: "Documentation Explorer" }).getByText("Mutation").first().waitFor();
    },

    async "says so where a socket is refused"() {
      await page.evaluate(() => sessionStorage.setItem("reelgraph.key", "wrong"));
      await openExample("Follow");
      await run();
      await advice("The server rejects this key.");
      await answered("4403");
    },

    async "says so where a key may not do what was asked"() {
      await type(readerKey);
      await answered("Welcome to films");
      await openExample("Add");
      // Offers a menu as soon as GraphiQL has found both operations.
      await page.locator(".graphiql-execute-button[aria-haspopup=menu]").click();
      await page.getByRole("menuitem", { name: "Add" }).click();
      await advice("This key is not allowed to do that.");
    },

    async "forgets a key that is taken away"() {
      await type("");
      await advice("The server requires a key.");
      assert.equal(await page.evaluate(() => sessionStorage.getItem("reelgraph.key")), null);
      await type(key);
      await noAdvice();
    },

    async "lets a tab have an authorization of its own"() {
      await openExample("History");
      await page.getByRole("button", { name: "Headers" }).click();
      await write(headers, '{"authorization": "Bearer other"}');
      assert.equal(await authorizationOf(run), "Bearer other");
    },

    async "keeps the key for as long as the browser's tab"() {
      await page.reload();
      await answered("Welcome to films, which is empty");
      assert.equal(await page.evaluate(() => localStorage.getItem("reelgraph.key")), null);
      assert.equal(await page.evaluate(() => sessionStorage.getItem("reelgraph.key")), key);
    },
  };
}

export function phoneSteps({ page, answered, openExample, run, url }) {
  return {
    async "can be used on a phone"() {
      const phone = { width: 390, height: 844 };
      await page.setViewportSize(phone);
      await page.evaluate(() => localStorage.clear());
      await page.goto(url);
      await openExample("FirstPage");
      await run();
      await answered('"totalCount":');
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= phone.width);
      const parts = [".graphiql-query-editor", ".result-window", "#key", ".graphiql-sidebar"];
      for (const part of parts) {
        const box = await page.locator(part).boundingBox();
        const isSeen = box.x >= 0 && box.x + box.width <= phone.width && box.y + box.height <= phone.height;
        assert.ok(isSeen && box.width > 150 && box.height > 20, `${part}: ${JSON.stringify(box)}`);
      }
      await page.setViewportSize({ width: 1400, height: 900 });
    },
  };
}
