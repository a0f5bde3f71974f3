import { api, type S } from '@/api/client';
import { QueryBoundary } from '@/components/QueryBoundary';

/** The rejected rows of a run. */
export default function RejectsPanel({ run }: { run: S['RunView'] }) {
  const rejects = api.useQuery('get', '/api/v1/runs/{run_id}/rejects', { params: { path: { run_id: run.id } } });
  return (
    <QueryBoundary what="The rejected rows" query={rejects} isEmpty={(page) => page.items.length === 0} empty={<p>No row was rejected.</p>}>
      {(page) => (
        <table className="diff" aria-label="Rejected rows">
          <thead><tr><th scope="col">Place</th><th scope="col">Reason</th></tr></thead>
          <tbody>
            {page.items.map((one) => (
              <tr key={one.row}><th scope="row">{one.locator}</th><td>{one.reasons.map((reason) => reason.message).join('; ')}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </QueryBoundary>
  );
}
