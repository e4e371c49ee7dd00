namespace FaceBias.Onnx.Opsets;

/// <summary>A node cannot be written in another operator set; the message is the end of a sentence that names the
/// set.</summary>
internal sealed class OpsetException(string message) : Exception(message);
