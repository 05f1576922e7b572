namespace Upstride.Onnx.Tensors;

/// <summary>What is known about a tensor before it has values.</summary>
internal readonly record struct TensorType(OnnxElementType Element, TensorShape Shape)
{
    public Storage Storage => Element.Storage;

    /// <summary>Bytes of all elements in memory.</summary>
    public long Bytes => (long)Shape.Count * Storage.Bytes;

    /// <summary>The same elements under another shape.</summary>
    public TensorType WithShape(TensorShape shape) => new(Element, shape);

    /// <summary>Element type and shape: <c>float32 [1, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"{Element.Text} {Shape}";
}
