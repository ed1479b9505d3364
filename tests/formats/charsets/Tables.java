import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.util.HexFormat;

/** What Java's charsets make of every code and every character: "page d code character", "page e character code". */
public class Tables {
    public static void main(String[] names) {
        StringBuilder out = new StringBuilder();
        for (String name : names) {
            CharsetDecoder decoder = Charset.forName(name).newDecoder();
            CharsetEncoder encoder = Charset.forName(name).newEncoder();
            for (int code = 0; code < 256; code++) {
                decode(decoder, name, new byte[] {(byte) code}, out);
            }
            for (int code = 0x4000; code < 0x10000; code++) {
                decode(decoder, name, new byte[] {0x0e, (byte) (code >> 8), (byte) code, 0x0f}, out);
            }
            for (int character = 0; character < 0x10000; character++) {
                encode(encoder, name, (char) character, out);
            }
        }
        System.out.print(out);
    }

    private static void decode(CharsetDecoder decoder, String name, byte[] code, StringBuilder out) {
        try {
            CharBuffer text = decoder.decode(ByteBuffer.wrap(code));
            if (text.length() == 1) {
                String character = Integer.toHexString(text.charAt(0));
                out.append(name + " d " + HexFormat.of().formatHex(code) + " " + character + "\n");
            }
        } catch (CharacterCodingException undefined) {
            decoder.reset();
        }
    }

    private static void encode(CharsetEncoder encoder, String name, char character, StringBuilder out) {
        try {
            ByteBuffer code = encoder.encode(CharBuffer.wrap(new char[] {character}));
            String hex = HexFormat.of().formatHex(code.array(), 0, code.limit());
            out.append(name + " e " + Integer.toHexString(character) + " " + hex + "\n");
        } catch (CharacterCodingException undefined) {
            encoder.reset();
        }
    }
}
