namespace Upstride.Imaging.Codecs;

/// <summary>A picture that may well be whole, in a form that is not decoded here: another program may be asked.</summary>
internal sealed class NotDecodedException(string reason, Exception? inner = null) : Exception(reason, inner);
