const LAUNCH_ID = /^[\w./-]{1,200}$/;

/** Whether this may stand in the name of a launch's record: a receipt or an execution can say anything. */
export function isLaunchId(text: string): boolean {
  return LAUNCH_ID.test(text);
}
