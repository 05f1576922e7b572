using System.Collections.Immutable;

namespace Upstride.Learning.Saving;

/// <summary>The header of a safetensors file, found consistent with itself and with the file's length.</summary>
/// <param name="Tensors">In the order of their bytes, which they share out without gap or overlap.</param>
/// <param name="ByName">The same by name.</param>
/// <param name="Metadata">The texts under __metadata__.</param>
internal sealed record SafetensorsHeader(
    ImmutableArray<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, SafetensorsTensor> ByName,
        IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The one name that no tensor can have.</summary>
    public const string MetadataName = "__metadata__";

    /// <summary>The bytes of the header's length before it.</summary>
    public const int PrefixLength = sizeof(ulong);

    /// <summary>The reference implementation reads no longer header, and so nobody writes one.</summary>
    public const int MaximalLength = 100_000_000;
}
