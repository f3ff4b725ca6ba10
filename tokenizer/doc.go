// Package tokenizer turns text into the token ids that a network was trained
// on, and ids back into text.
//
// It may hold tokenisation models (SentencePiece's two, byte-level byte-pair
// encoding, WordPiece), their pre-tokenisers and normalisers, and readers of the
// formats that vocabularies come in. It may not hold networks, prompts or sampling;
// chat templates are in the package below, tokenizer/chat.
//
// Text is bytes. What the models of text generation encode, they decode to the
// same bytes, but for what a model's own normaliser changes (Unicode NFC,
// U+2581): bytes that are not UTF-8 are encoded one by one with the vocabulary's
// byte tokens. The normalisers of the other models replace or drop such bytes,
// and their vocabularies have an unknown token.
package tokenizer
