namespace Upstride.Onnx.Tensors;

/// <summary>What is known about a tensor before it has values.</summary>
internal readonly record struct TensorType(OnnxElementType Element, TensorShape Shape)
{
    public Storage Storage => Element.Storage;

    /// <summary>Bytes of all elements in memory.</summary>
    public long Bytes => (long)Shape.Count * Storage.Bytes;

    /// <summary>The same elements under another shape.</summary>
    public TensorType WithShape(TensorShape shape) => new(Element, shape);

    /// <summary>An array of zeros that holds the elements.</summary>
    public Array NewArray() => Storage switch
    {
        Storage.Float => new float[Shape.Count],
        Storage.Integer => new long[Shape.Count],
        _ => new bool[Shape.Count],
    };

    /// <summary>An array that holds the elements, uninitialized.</summary>
    public Array NewUninitializedArray() => Storage switch
    {
        Storage.Float => GC.AllocateUninitializedArray<float>(Shape.Count),
        Storage.Integer => GC.AllocateUninitializedArray<long>(Shape.Count),
        _ => GC.AllocateUninitializedArray<bool>(Shape.Count),
    };

    /// <summary>Element type and shape: <c>float32 [1, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"{Element.Text} {Shape}";
}
