// How far each product of one list stands above or below its place in another.

/** For each id of `here`: places higher (above 0), lower (below 0) or the same (0) than in `there`; null if not there. */
export function moves(here, there) {
  const places = new Map(there.map((id, place) => [id, place]));
  return here.map((id, place) => (places.has(id) ? places.get(id) - place : null));
}
