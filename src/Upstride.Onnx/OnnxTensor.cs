using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx;

/// <summary>
/// A tensor that goes into a model or comes out of it. Whatever the element type, the elements are held as one of three: floating-point
/// numbers as <see cref="float"/>, integers as <see cref="long"/>, truth values as <see cref="bool"/>. Immutable.
/// </summary>
public sealed class OnnxTensor
{
    // An array of its own, or one of the two below.
    private readonly object _memory;

    internal OnnxTensor(TensorType type, Array elements) : this(type, (object)elements)
    {
    }

    /// <summary>A tensor of float32 whose elements lie in the bytes of a file as they lie in memory; nobody may write to these.</summary>
    internal OnnxTensor(TensorType type, ReadOnlyMemory<byte> bytes) : this(type, new FileMemory(bytes))
    {
    }

    /// <summary>A tensor in memory of the caller's, which must neither move nor end before the tensor is let go.</summary>
    internal OnnxTensor(TensorType type, nint address) : this(type, new CallersMemory(address))
    {
    }

    private OnnxTensor(TensorType type, object memory) => (Type, _memory) = (type, memory);

    /// <summary>The type that the model gives the elements.</summary>
    public OnnxElementType ElementType => Type.Element;

    /// <summary>The lengths of the axes, outermost first; empty for a scalar.</summary>
    public ImmutableArray<nint> Shape => [.. Type.Shape.Lengths];

    /// <summary>The number of elements.</summary>
    public int Length => Type.Shape.Count;

    /// <summary>The elements of a floating-point tensor in row-major order.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds integers or booleans.</exception>
    public ReadOnlySpan<float> Floats => Elements<float>();

    /// <summary>The elements of an integer tensor in row-major order.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds floating-point numbers or booleans.</exception>
    public ReadOnlySpan<long> Integers => Elements<long>();

    /// <summary>The elements of a Boolean tensor in row-major order.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds numbers.</exception>
    public ReadOnlySpan<bool> Booleans => Elements<bool>();

    internal TensorType Type { get; }

    /// <summary>A float32 tensor with a copy of the elements.</summary>
    /// <param name="elements">In row-major order.</param>
    /// <param name="shape">The lengths of the axes, outermost first.</param>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static OnnxTensor Create(ReadOnlySpan<float> elements, params ReadOnlySpan<nint> shape) =>
        Create(OnnxElementType.Float32, elements, shape);

    /// <summary>An int64 tensor with a copy of the elements.</summary>
    /// <inheritdoc cref="Create(ReadOnlySpan{float}, ReadOnlySpan{nint})"/>
    public static OnnxTensor Create(ReadOnlySpan<long> elements, params ReadOnlySpan<nint> shape) =>
        Create(OnnxElementType.Int64, elements, shape);

    /// <summary>A Boolean tensor with a copy of the elements.</summary>
    /// <inheritdoc cref="Create(ReadOnlySpan{float}, ReadOnlySpan{nint})"/>
    public static OnnxTensor Create(ReadOnlySpan<bool> elements, params ReadOnlySpan<nint> shape) =>
        Create(OnnxElementType.Boolean, elements, shape);

    /// <summary>A tensor of any element type with a copy of the elements.</summary>
    /// <typeparam name="T"><see cref="float"/>, <see cref="long"/> or <see cref="bool"/>, as the element type is held.</typeparam>
    /// <param name="elementType">The type that the model is to see; floating-point numbers are rounded to it.</param>
    /// <param name="elements">In row-major order.</param>
    /// <param name="shape">The lengths of the axes, outermost first.</param>
    /// <exception cref="ArgumentException">The shape has another number of elements, the element type is held otherwise, or an integer is
    /// outside the type.</exception>
    public static OnnxTensor Create<T>(OnnxElementType elementType, ReadOnlySpan<T> elements, params ReadOnlySpan<nint> shape)
        where T : unmanaged
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(long) && typeof(T) != typeof(bool))
            throw new ArgumentException($"elements are {typeof(T).Name}, and must be float, long or bool", nameof(elements));
        var type = new TensorType(elementType, new(shape));
        if (type.Storage != ElementTypes.StorageOf<T>())
            throw new ArgumentException($"elements are {typeof(T).Name}, and {elementType.Text} is held as {type.Storage.Text}",
                nameof(elements));
        if (type.Shape.Count != elements.Length)
            throw new ArgumentException(
                $"shape {type.Shape} has {type.Shape.Count} elements, and {elements.Length} are given: both must be equal",
                    nameof(elements));
        T[] copy = elements.ToArray();
        if (copy is float[] floats) elementType.Round(floats);
        if (copy is long[] integers)
        {
            for (int i = 0; i < integers.Length; i++)
                if (elementType.RefusalOf(integers[i]) is { } refusal)
                    throw new ArgumentException($"element {i} = {refusal}", nameof(elements));
        }
        return new(type, copy);
    }

    /// <summary>A float32 tensor with a copy of the elements.</summary>
    public static OnnxTensor Create(in ReadOnlyTensorSpan<float> tensor)
    {
        float[] elements = TensorMemory.Contiguous(tensor).ToArray();
        return new(new(OnnxElementType.Float32, new(tensor.Lengths)), elements);
    }

    /// <inheritdoc cref="Create(in ReadOnlyTensorSpan{float})"/>
    public static implicit operator OnnxTensor(Tensor<float> tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Create(tensor.AsReadOnlyTensorSpan());
    }

    /// <summary>A tensor of zeros, or of false.</summary>
    /// <param name="elementType">The type that the model is to see.</param>
    /// <param name="shape">The lengths of the axes, outermost first.</param>
    /// <exception cref="OnnxFormatException">A negative length, or more elements than an array holds.</exception>
    public static OnnxTensor Zeros(OnnxElementType elementType, params ReadOnlySpan<nint> shape)
    {
        var type = new TensorType(elementType, new(shape));
        return new(type, type.NewArray());
    }

    /// <summary>The elements of a floating-point tensor as a tensor of .NET, in a copy.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds integers or booleans.</exception>
    public Tensor<float> ToTensor() => Tensor.Create(Floats.ToArray(), Type.Shape.Lengths);

    /// <summary>Element type and shape: <c>float32 [1, 3, 8, 8]</c>.</summary>
    public override string ToString() => Type.ToString();

    /// <summary>The elements without a copy.</summary>
    internal ReadOnlySpan<T> Elements<T>() where T : unmanaged =>
        _memory is FileMemory file && typeof(T) == typeof(float) ? MemoryMarshal.Cast<byte, T>(file.Bytes.Span) : Writable<T>();

    /// <summary>The elements, for whoever makes the tensor.</summary>
    internal unsafe Span<T> Writable<T>() where T : unmanaged => _memory switch
    {
        T[] elements => elements,
        CallersMemory memory when Type.Storage == ElementTypes.StorageOf<T>() => new Span<T>((void*)memory.Address, Length),
        _ => throw new InvalidOperationException($"the tensor is {Type}, which is held as {Type.Storage.Text}"),
    };

    /// <summary>A tensor that may be kept: itself, or a copy where its memory is the caller's.</summary>
    internal OnnxTensor Owned() => _memory is not CallersMemory ? this : Copy();

    /// <summary>A tensor with elements of its own.</summary>
    internal OnnxTensor Copy() => new(Type, Type.Storage switch
    {
        Storage.Float => Elements<float>().ToArray(),
        Storage.Integer => Elements<long>().ToArray(),
        _ => (object)Elements<bool>().ToArray(),
    });

    /// <summary>The elements as a tensor of .NET that owns them: for one that nobody else holds.</summary>
    internal Tensor<float> IntoTensor() => _memory is float[] elements ? Tensor.Create(elements, Type.Shape.Lengths) : ToTensor();

    /// <summary>The same elements under another shape.</summary>
    internal OnnxTensor WithShape(TensorShape shape) => new(Type.WithShape(shape), _memory);

    private sealed record FileMemory(ReadOnlyMemory<byte> Bytes);

    private sealed record CallersMemory(nint Address);
}
