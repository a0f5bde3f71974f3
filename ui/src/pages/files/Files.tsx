import { PageHeader } from '@/components/PageHeader';

export default function Files() {
  return <PageHeader title="Files" />;
}
