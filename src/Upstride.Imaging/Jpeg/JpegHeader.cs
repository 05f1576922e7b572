using System.Buffers.Binary;
using System.Collections.Immutable;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.Jpeg;

/// <summary>What a JPEG file's markers say (ITU-T T.81, annex B), and that its data has an end: decoders make up what a truncated file
/// lacks.</summary>
internal sealed class JpegHeader
{
    private const int Soi = 0xD8, Eoi = 0xD9, Sos = 0xDA, QuantizationTables = 0xDB, RestartInterval = 0xDD,
        App0 = 0xE0, App1 = 0xE1, App2 = 0xE2, App14 = 0xEE,
        Comment = 0xFE;

    private static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    private static ReadOnlySpan<byte> IccName => "ICC_PROFILE\0"u8;

    private readonly SortedDictionary<int, byte[]> _profile = [];
    private readonly List<(byte Id, int Across, int Down)> _components = [];
    private readonly int[] _quantizerSums = new int[4];
    private int _lumaTable;
    private int _profileParts;
    private int _transform = -1;

    public int Width { get; private set; }

    public int Height { get; private set; }

    public int Components => _components.Count;

    public ImageMetadata Metadata { get; private set; } = ImageMetadata.Empty;

    public SortedSet<string> Remarks { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The quality, 1 to 100, whose tables, as the Independent JPEG Group's library makes them, are on the mean as coarse as this
    /// picture's for the luma; null where it has none.
    /// </summary>
    public int? Quality => _quantizerSums[_lumaTable] == 0 ? null : JpegQuality.Of(_quantizerSums[_lumaTable]);

    /// <summary>Whether the picture comes in several scans with restart marks in them.</summary>
    public bool HasScansWithRestarts { get; private set; }

    /// <summary>How many pixels share one sample of the colour differences, across and down; (1, 1) where each has its own.</summary>
    public (int Across, int Down) ChromaStep
    {
        get
        {
            // Adobe's marker tells whether colours are differences; without it they are, unless the components are called R, G and B.
            bool isRgb = _transform == 0 || (_transform < 0 && _components is [(82, _, _), (71, _, _), (66, _, _)]);
            return !isRgb && _components is [(_, var across, var down), (_, 1, 1), (_, 1, 1)] ? (across, down) : (1, 1);
        }
    }

    public static JpegHeader Read(ImageInput input)
    {
        var header = new JpegHeader();
        Span<byte> start = stackalloc byte[2];
        input.ReadExactly(start, "the JPEG start mark");
        int scans = 0;
        bool hasRestarts = false;
        while (true)
        {
            int marker = NextMarker(input, scans > 0);
            if (marker == Eoi) break;
            if (marker is Soi or 0x01 or (>= 0xD0 and <= 0xD7)) continue;
            byte[] segment = ReadSegment(input, marker);
            hasRestarts |= marker is RestartInterval && segment is not [0, 0, ..];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && header.Components == 0) header.ReadFrame(segment, input);
            else if (marker == Sos) scans++;
            else if (marker == QuantizationTables) header.ReadTables(segment);
            else header.ReadApplication(marker, segment, input);
        }
        if (header.Components == 0 || scans == 0) throw input.Fault("its JPEG data ends before a picture begins");
        header.HasScansWithRestarts = scans > 1 && hasRestarts;
        header.JoinProfile();
        return header;
    }

    // Within a scan bytes of data may precede a marker, and 0xFF 0x00 stands for a byte of data.
    private static int NextMarker(ImageInput input, bool isInScan)
    {
        while (true)
        {
            int value = isInScan ? (input.SkipTo(0xFF) ? 0xFF : -1) : input.ReadByte();
            if (value < 0) throw input.Fault("truncated: its JPEG data ends without the end mark");
            if (value != 0xFF) throw input.Fault($"its JPEG data has 0x{value:X2} where a marker, 0xFF, must be");
            do value = input.ReadByte();
            while (value == 0xFF);
            if (value < 0) throw input.Fault("truncated: its JPEG data ends without the end mark");
            if (value != 0) return value;
            if (!isInScan) throw input.Fault("its JPEG data has an empty marker");
        }
    }

    private static byte[] ReadSegment(ImageInput input, int marker)
    {
        Span<byte> size = stackalloc byte[2];
        input.ReadExactly(size, $"the length of JPEG segment 0x{marker:X2}");
        int length = BinaryPrimitives.ReadUInt16BigEndian(size);
        if (length < 2) throw input.Fault($"JPEG segment 0x{marker:X2} says it is {length} bytes long; 2 is the least");
        var segment = new byte[length - 2];
        input.ReadExactly(segment, $"JPEG segment 0x{marker:X2}");
        return segment;
    }

    private void ReadFrame(byte[] segment, ImageInput input)
    {
        if (segment.Length < 6 || segment.Length < 6 + 3 * segment[5]) throw input.Fault("its JPEG frame header is too short");
        Height = BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(1));
        Width = BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(3));
        if (segment[5] > 0) _lumaTable = segment[8] & 3;
        for (int i = 0; i < segment[5]; i++) _components.Add((segment[6 + 3 * i], segment[7 + 3 * i] >> 4, segment[7 + 3 * i] & 15));
        if (Components is not (1 or 3 or 4)) throw input.Fault($"its JPEG picture has {Components} components; 1, 3 and 4 are known");
        input.CheckSize(Width, Height, Components == 1 ? 1 : 3, SampleType.UInt8);
    }

    // What is damaged is the decoder's to complain of.
    private void ReadTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            int bytes = (segment[0] >> 4) + 1, table = segment[0] & 3, sum = 0;
            if (bytes > 2 || segment.Length < 1 + 64 * bytes) return;
            for (int i = 0; i < 64; i++) sum += bytes == 1 ? segment[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(segment[(1 + 2 * i)..]);
            _quantizerSums[table] = sum;
            segment = segment[(1 + 64 * bytes)..];
        }
    }

    private void ReadApplication(int marker, ReadOnlySpan<byte> segment, ImageInput input)
    {
        switch (marker)
        {
            case App0 when segment.StartsWith("JFIF\0"u8) && segment.Length >= 12:
                (int x, int y) = (BinaryPrimitives.ReadUInt16BigEndian(segment[8..]), BinaryPrimitives.ReadUInt16BigEndian(segment[10..]));
                PixelDensity density = segment[7] switch { 1 => PixelDensity.PerInch(x, y), 2 => new(x * 100.0, y * 100.0), _ =>
                    new(x, y, IsPerMetre: false) };
                if (density.IsUsable && density is not { X: 1, Y: 1, IsPerMetre: false }) Metadata = Metadata with { Density = density };
                break;
            case App1 when segment.StartsWith(ExifName):
                if (Metadata.Exif.IsEmpty) Metadata = Metadata with { Exif = ImmutableArray.Create(segment[ExifName.Length..]) };
                break;
            case App1 when segment.StartsWith(XmpName):
                Metadata = Metadata with { Xmp = ImmutableArray.Create(segment[XmpName.Length..]) };
                break;
            case App1 when segment.StartsWith("http://ns.adobe.com/xmp/extension/\0"u8):
                Remarks.Add("the extension of its XMP packet");
                break;
            case App2 when segment.StartsWith(IccName) && segment.Length > IccName.Length + 2:
                (int part, _profileParts) = (segment[IccName.Length], segment[IccName.Length + 1]);
                if (part is > 0 && _profile.Values.Sum(static one => one.Length) < input.Settings.MaxMetadataBytes)
                    _profile[part] = segment[(IccName.Length + 2)..].ToArray();
                break;
            case App14 when segment.StartsWith("Adobe"u8) && segment.Length >= 12:
                _transform = segment[11];
                break;
            case Comment:
                Remarks.Add("text comments");
                break;
        }
    }

    private void JoinProfile()
    {
        Metadata = Metadata with { Density = Metadata.Density ?? ExifData.Density(Metadata.Exif) };
        if (_profile.Count == 0) return;
        if (_profile.Count == _profileParts && _profile.Keys.Last() == _profileParts)
            Metadata = Metadata with { IccProfile = [.. _profile.Values.SelectMany(static one => one)] };
        else Remarks.Add("a damaged colour profile");
    }
}
