namespace Upstride.Imaging.Png;

/// <summary>The cyclic redundancy check of PNG chunks (ISO 3309, polynomial 0xEDB88320 with the bits reversed).</summary>
internal struct Crc32()
{
    private static readonly uint[] s_table = MakeTable();
    private uint _register = uint.MaxValue;

    public readonly uint Value => ~_register;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint crc = _register;
        foreach (byte b in bytes) crc = s_table[(byte)(crc ^ b)] ^ (crc >> 8);
        _register = crc;
    }

    private static uint[] MakeTable()
    {
        var entries = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint entry = i;
            for (int bit = 0; bit < 8; bit++) entry = (entry & 1) != 0 ? 0xEDB88320u ^ (entry >> 1) : entry >> 1;
            entries[i] = entry;
        }
        return entries;
    }
}
