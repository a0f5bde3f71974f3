import { PageHeader } from '@/components/PageHeader';

export default function Projects() {
  return <PageHeader title="Projects" />;
}
