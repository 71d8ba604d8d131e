/** The names in a client certificate: the subject's common name, and the DNS names and URIs of its alternative names. */

/** As node:tls has them. */
export interface CertificateSubject {
  readonly subject?: { readonly CN?: string | string[] };
  readonly subjectaltname?: string;
}

const ALTERNATIVE = /^(?:DNS|URI):([^"]+)$/;

/** None for a certificate without any; a name that had to be quoted (it holds commas or quotes) is passed over. */
export function certificateNames({ subject, subjectaltname = '' }: CertificateSubject): readonly string[] {
  const common = [subject?.CN ?? []].flat();
  const alternative = subjectaltname.split(', ').flatMap((each) => ALTERNATIVE.exec(each)?.[1] ?? []);
  return [...new Set([...common, ...alternative])];
}
