import { note, print, printJson } from "../lib/terminal.ts";
import { interruptedExitCode } from "../operations/engine/interrupt.ts";
import type { OperationResult } from "../operations/engine/operation.ts";
import { failureText, operationJson, successText } from "../report/text/operation.ts";

/** Prints the end of an operation: JSON, or what was done, or what failed, why and what to do next. Gives the exit code. */
export async function endOperation(result: OperationResult, json = false, next: string[] = []): Promise<number> {
  if (json) await printJson(operationJson(result));
  if (result.result !== "succeeded") {
    note(failureText(result));
    return result.result === "interrupted" ? interruptedExitCode : 1;
  }
  if (!json) await print(successText(result, next));
  return 0;
}
