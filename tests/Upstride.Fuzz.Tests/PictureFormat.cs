using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>A format of pictures.</summary>
internal abstract class PictureFormat : FileFormat
{
    // A tool that is given four million pixels at most: at 8 bytes a pixel 32 MiB, and the reader's rows beside it.
    private static readonly ImageReadSettings s_settings = new() { MaxPixels = 1 << 22, AllowFfmpeg = false };

    public override void Use(byte[] file) => ImageFile.Read(new MemoryStream(file), "mutant", s_settings);

    public override bool IsDocumented(Exception fault) => fault is ImageFormatException;
}
