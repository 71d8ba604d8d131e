/** Lists that come in pages. */

const PAGE_MAX = 1_000;

export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface PageAnswer<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken: string;
}

type AskPage<Item> = (page: PageRequest) => Promise<PageAnswer<Item>>;

/** Every page in turn, each as large as can be. */
export async function* everyPage<Item>(askPage: AskPage<Item>): AsyncGenerator<readonly Item[]> {
  for (let pageToken = ''; ; ) {
    const { items, nextPageToken } = await askPage({ pageSize: PAGE_MAX, pageToken });
    yield items;
    if (nextPageToken === '') return;
    pageToken = nextPageToken;
  }
}

/** The first items, at most `limit`, and whether there are more. */
export async function firstOf<Item>(
  limit: number,
  askPage: AskPage<Item>,
): Promise<{ readonly items: readonly Item[]; readonly more: boolean }> {
  const found: Item[] = [];
  for (let pageToken = ''; ; ) {
    const pageSize = Math.min(limit - found.length, PAGE_MAX);
    const { items, nextPageToken } = await askPage({ pageSize, pageToken });
    found.push(...items);
    if (nextPageToken === '' || found.length >= limit) return { items: found, more: nextPageToken !== '' };
    pageToken = nextPageToken;
  }
}
