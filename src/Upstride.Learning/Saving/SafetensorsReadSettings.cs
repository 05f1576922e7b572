namespace Upstride.Learning.Saving;

/// <summary>How much is read of a file of weights. Beyond it, a file is refused before anything is allocated for what it claims.</summary>
/// <remarks>
/// A tensor's elements must lie in the file, so what is allocated for them is at most the file's length times the ratio of the element
/// sizes;
/// a network is built only of shapes that have been checked so.
/// </remarks>
public sealed record SafetensorsReadSettings
{
    /// <summary>Bytes of the header, which names the tensors; default: the reference implementation's limit.</summary>
    public int MaximalHeaderBytes
    {
        get;
        init => field =
            value >= 2 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximalHeaderBytes), value,
            $"MaximalHeaderBytes = {value}, and must be at least 2, an empty header's");
    } = SafetensorsHeader.MaximalLength;

    /// <summary>Bytes of all tensors together; default: no limit.</summary>
    public long MaximalTensorBytes
    {
        get;
        init => field =
            value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximalTensorBytes), value,
            $"MaximalTensorBytes = {value}, and must be at least 0");
    } = long.MaxValue;
}
