-- SPDX-License-Identifier: BSD-3-Clause
-- Strings: patterns, formats, packing, UTF-8.
local check = ...

print(("hello"):upper(), ("HeLLo"):lower(), ("abc"):rep(3, "-"), ("abc"):reverse(), #"twelve bytes")
print(("the quick brown fox"):gsub("%w+", function(w) return w:sub(1, 1):upper() .. w:sub(2) end))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("x=1, y=2, z=3"):gsub("(%w)=(%d)", "%2=%1"))
for word, number in ("one=1 two=2 three=3"):gmatch("(%a+)=(%d+)") do
    io.write(word, ":", number, ";")
end
print()
print(("balanced (a (b) c) end"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("%d|%5d|%-5d|%05d|%+d|%x|%X|%o"):format(42, 42, 42, 42, 42, 255, 255, 8))
print(("%s|%10s|%-10s|%.2s|%q"):format("str", "right", "left", "cut", 'a "quoted"\nline\0'))
print(("%c%c%c"):format(76, 117, 97), ("%%"):format(), ("%i"):format(-7))
print(("%5.1f|%e|%g|%G|%a"):format(3.14159, 12345.678, 1e20, 1e-10, 0.5))
print(string.byte("ABC", 1, -1), string.char(72, 105))
print(("a,b,,c"):find(",", 1, true), ("a.b"):find(".", 2, true))
print(table.concat({ "a", "b", "c" }, ", "), select("#", ("abc"):byte(1, -1)))
print(utf8.char(72, 228, 8364, 128512), utf8.len("Hä€😀"), #utf8.char(128512))
for place, code in utf8.codes("aä€") do
    io.write(place, "=", code, " ")
end
print()
local packed = string.pack(">i4 <i2 >I8 z s1", -2, 513, 0x0102030405060708, "zero", "counted")
print(#packed, packed:byte(1, 14))
print(string.unpack(">i4 <i2 >I8 z s1", packed))
print((">d"):packsize(), string.pack(">d", 1.5):byte(1, -1))
print(tostring(nil), tostring(true), tostring(12), tostring(1.0), tostring(-0.0))
print(("10" + 5), ("3" * "4"), "0x10" + 0, 10 .. 20)
check("comparison", "a" < "b" and "Z" < "a" and "" < "a" and "a\0b" > "a\0a")
check("interning", ("x"):rep(100) == ("x"):rep(50) .. ("x"):rep(50))
