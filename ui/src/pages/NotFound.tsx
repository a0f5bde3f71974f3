import { Link } from 'react-router';
import { Empty } from '@/components/QueryBoundary';
import { PageHeader } from '@/components/PageHeader';

export default function NotFound() {
  return (
    <>
      <PageHeader title="Nothing is here" />
      <Empty title="This address leads nowhere" action={<Link className="button primary" to="/">Go to the dashboard</Link>}>
        It may have been deleted, or the address may have been cut.
      </Empty>
    </>
  );
}
