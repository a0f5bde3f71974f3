import './code-editor.css';
import { useEffect, useRef } from 'react';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, keymap, lineNumbers, placeholder as placeholderOf, type DecorationSet } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { nonce } from '@/base';

export interface CodeEditorProps {
  value: string;
  onChange?: (next: string) => void;
  language: 'sql' | 'json';
  /** What it holds, for screen readers. */
  label: string;
  placeholder?: string;
  /** The character that is wrong, from 1. */
  wrongAt?: number | null;
  readOnly?: boolean;
  /** The least height, in lines. */
  lines?: number;
  /** Numbers at the left, for long texts. */
  numbered?: boolean;
  /** Names that the text may use: put in where the cursor is by `insert`. */
  onReady?: (insert: (text: string) => void) => void;
}

// The colours are variables of the page, so that they follow its theme.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.propertyName, tags.typeName, tags.special(tags.name)], color: 'var(--code-name)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--code-comment)', fontStyle: 'italic' },
]);

const markWrong = StateEffect.define<number | null>();
const wrong = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(markWrong)) continue;
      const length = transaction.newDoc.length;
      if (effect.value === null || length === 0) return Decoration.none;
      const from = Math.max(0, Math.min(effect.value - 1, length - 1));
      const word = /^\w+/.exec(transaction.newDoc.sliceString(from))?.[0].length ?? 1;
      return Decoration.set([Decoration.mark({ class: 'code-wrong' }).range(from, from + Math.max(1, word))]);
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** An editor for expressions, queries and JSON. Tab leaves it; loaded only where it is needed. */
export default function CodeEditor({ value, onChange, language, label, placeholder, wrongAt = null, readOnly = false, lines = 2, numbered = false, onReady }: CodeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ onChange, onReady, value });
  useEffect(() => {
    latest.current = { onChange, onReady, value };
  });
  useEffect(() => {
    if (!place.current) return;
    const extensions: Extension[] = [
      history(), bracketMatching(), wrong, syntaxHighlighting(colours),
      language === 'sql' ? sql({ dialect: PostgreSQL }) : json(),
      keymap.of([...defaultKeymap, ...historyKeymap]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
      EditorView.updateListener.of((update) => update.docChanged && latest.current.onChange?.(update.state.doc.toString())),
      EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly),
    ];
    if (placeholder) extensions.push(placeholderOf(placeholder));
    if (numbered) extensions.push(lineNumbers());
    if (nonce) extensions.push(EditorView.cspNonce.of(nonce));
    const made = new EditorView({ doc: latest.current.value, extensions, parent: place.current });
    view.current = made;
    latest.current.onReady?.((text) => {
      made.dispatch(made.state.replaceSelection(text));
      made.focus();
    });
    return () => {
      made.destroy();
      view.current = null;
    };
  }, [language, label, placeholder, readOnly, numbered]);
  useEffect(() => {
    const shown = view.current;
    if (shown && shown.state.doc.toString() !== value) shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: markWrong.of(wrongAt) });
  }, [wrongAt]);
  return <div ref={place} className="code-editor" style={{ minHeight: `${lines * 1.5 + 0.9}em` }} />;
}
