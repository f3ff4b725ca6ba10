// Package tokenizer turns text into the token ids that a network was trained
// on, and ids back into text.
//
// It may hold tokenisation models (SentencePiece's and byte-level byte-pair
// encoding), their pre-tokenisers and normalisers, and readers of the formats
// that vocabularies come in. It may not hold networks, prompts or sampling;
// chat templates are in the package below, tokenizer/chat.
//
// Text is bytes. Valid UTF-8 goes in and comes out unchanged but for what a
// model's own normaliser does (SentencePiece's leading space, Unicode NFC);
// bytes that are not UTF-8 are encoded one by one with the vocabulary's byte
// tokens, so that they come out unchanged too.
package tokenizer
