package plexus

// Task is what a model does, by the service's own name.
type Task string

// The tasks of the service.
const (
	TextGeneration     Task = "Text Generation"
	TextEmbeddings     Task = "Text Embeddings"
	TextClassification Task = "Text Classification"
	TextToImage        Task = "Text-to-Image"
	TextToSpeech       Task = "Text-to-Speech"
	SpeechRecognition  Task = "Automatic Speech Recognition"
	Translation        Task = "Translation"
	Summarization      Task = "Summarization"
	ImageToText        Task = "Image-to-Text"
	ImageClassifying   Task = "Image Classification"
	ObjectDetection    Task = "Object Detection"
)

// Form says which of a task's schemas a model speaks, where there are several:
// the inputs it takes and the shape of its answer.
type Form string

const (
	// Native is {"response": ..., "usage": ...}, of Llama, Mistral and most
	// older models.
	Native Form = "native"
	// ChatCompletion is OpenAI's chat.completion object, of gpt-oss, Qwen3
	// and most newer models.
	ChatCompletion Form = "chat.completion"

	// Plain, of text embeddings, takes texts alone and answers without the
	// pooling, which nobody may choose: embeddinggemma, plamo-embedding.
	Plain Form = "plain"
	// Contexts, of text embeddings, are texts too, or a query and contexts,
	// which are scored: bge-m3.
	Contexts Form = "contexts"
	// Instructed, of text embeddings, tells queries with an instruction from
	// documents: qwen3-embedding.
	Instructed Form = "instructed"
	// Rerank, of text classification, scores contexts by a query:
	// bge-reranker.
	Rerank Form = "rerank"
)

// Model is an entry of the catalog: what a client may name in a request.
type Model struct {
	ID          string // "@cf/meta/llama-3.1-8b-instruct", "@pocket/chat"
	UUID        string
	Task        Task
	Form        Form // of its answers on /ai/run; empty for tasks with one form
	Description string
	CreatedAt   string // as the service prints it, "2024-07-18 22:53:33.746"
	Tags        []string
	Properties  []Property
	Prices      []Price
	Context     int    // positions; 0 is unknown
	Pooling     string // of text embeddings that ask for none: "mean" or "cls"; empty: as the weights say
	Deprecated  bool   // no longer listed by the service, still answered here

	// Weights is where the weights are: a path of a GGUF file, or of a folder
	// in Hugging Face's layout, or "embedded:NAME" for one in the binary.
	// Empty: not installed.
	Weights string
}

// Property is one of the id and value pairs that describe a model in
// /ai/models/search. Value is a string or, for "price", a list.
type Property struct {
	ID    string `json:"property_id"`
	Value any    `json:"value"`
}

// Price is what one unit costs.
type Price struct {
	Unit    string // "per M input tokens"
	Neurons float64
}
