/** A server cannot be had here; the message says why. */
export class NotAvailable extends Error {
  override readonly name = 'NotAvailable';
}
