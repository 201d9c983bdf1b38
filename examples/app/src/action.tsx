// Buttons that change something at the server.

import { useState, type ReactNode } from "react";
import { Failure } from "./failure";

/** What a mutation answers: null or omitted where the server failed, which is an error of the request. */
type Answer = { userErrors: { message: string }[] } | null | undefined;

/** Runs one change at a time. `note` says why the last one was not carried out. */
export function useAction() {
  const [isRunning, setIsRunning] = useState(false);
  const [messages, setMessages] = useState<string[]>([]);
  const [failure, setFailure] = useState<unknown>();

  /** Returns the answer if it has no errors. */
  const run = async <Given extends Answer>(act: () => Promise<Given>): Promise<Given | undefined> => {
    setIsRunning(true);
    setFailure(undefined);
    try {
      const answer = await act();
      const errors = answer?.userErrors ?? [];
      setMessages(errors.map(({ message }) => message));
      return errors.length === 0 ? answer : undefined;
    } catch (error) {
      setMessages([]);
      setFailure(error);
      return undefined;
    } finally {
      setIsRunning(false);
    }
  };
  const note: ReactNode = (
    <>
      {messages.map((message) => (
        <p key={message} className="failure" role="alert">
          {message}
        </p>
      ))}
      {failure !== undefined && <Failure error={failure} />}
    </>
  );
  return { run, isRunning, note };
}
