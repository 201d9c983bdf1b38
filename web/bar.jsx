// The bar above GraphiQL: the name of the library, and the one place for the key.

import { useState } from "react";

import { storeKey, storedKey } from "./key.js";

export function Bar({ library, advice, onKey }) {
  const [key, setKey] = useState(storedKey);
  const submit = (event) => {
    event.preventDefault();
    storeKey(key.trim());
    onKey();
  };
  return (
    <header className="bar">
      <h1>
        Reelgraph <span>{library}</span>
      </h1>
      <form onSubmit={submit}>
        <label htmlFor="key">Key</label>
        <input
          id="key"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder="API key or token, for all tabs"
          aria-describedby="advice"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <button type="submit">Use</button>
      </form>
      <p id="advice" role="status">
        {advice}
      </p>
    </header>
  );
}
