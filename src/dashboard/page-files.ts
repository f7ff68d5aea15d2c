/**
 * What the page loads. The build puts in the place of this module what it makes of the folder `page/`
 * (`scripts/dashboard-page.ts`); the tests do the same.
 */
export const script: string = unbuilt();
export const styles: string = unbuilt();

function unbuilt(): never {
  throw new Error('the page of the dashboard is made by the build');
}
