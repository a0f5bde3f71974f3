import './connections.css';
import { useParams, useSearchParams } from 'react-router';
import { ConnectionList } from './ConnectionList';
import { ConnectionPage } from './ConnectionPage';
import { NewConnection } from './NewConnection';

/** The list; `?new=1`: a new one; `/connections/:connection`: one of them. */
export default function Connections() {
  const { connection } = useParams();
  const [search] = useSearchParams();
  if (connection) return <ConnectionPage key={connection} reference={connection} />;
  return search.get('new') ? <NewConnection /> : <ConnectionList />;
}
