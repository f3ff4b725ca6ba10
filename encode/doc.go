// Package encode answers with what a network understands of whole texts:
// embeddings, the relevance of contexts to a query, labels.
//
// It may hold the schemas of these tasks, pooling, and the packing of the texts
// of many requests into shared forward passes. It may not hold networks, file
// formats or HTTP.
package encode
